package policy

import (
	"net/netip"
	"strings"
)

// chunkSize is how much of a line authbind reads at once. The rest of a longer
// line is read as a line of its own.
const chunkSize = 298

// matchByUID is the number of the first line of a byuid file that permits addr
// and port, or 0.
func matchByUID(text string, addr netip.Addr, port uint16) int {
	for number := 1; text != ""; {
		var chunk string
		chunk, text = cutChunk(text)
		if matchLine(chunk, addr, port) {
			return number
		}
		if strings.HasSuffix(chunk, "\n") {
			number++
		}
	}
	return 0
}

// cutChunk cuts the first line off text, or the first chunkSize bytes if the
// line with its newline is longer.
func cutChunk(text string) (chunk, rest string) {
	end := min(len(text), chunkSize)
	if i := strings.IndexByte(text[:end], '\n'); i >= 0 {
		end = i + 1
	}
	return text[:end], text[end:]
}

// matchLine reports whether a line permits addr and port. A line that is in
// neither form permits nothing, and nor does what follows a NUL.
func matchLine(line string, addr netip.Addr, port uint16) bool {
	line, _, _ = strings.Cut(line, "\x00")
	if addr.Is4() && matchLegacy(line, addr, port) {
		return true
	}
	where, ports, ok := strings.Cut(line, ",")
	return ok && matchPorts(ports, port) && matchWhere(where, addr)
}

// matchLegacy reports whether a line is of the older form, IPv4 only,
// a.b.c.d/length:min,max, and permits addr and port. No line is of both forms.
func matchLegacy(line string, addr netip.Addr, port uint16) bool {
	s := scanner{rest: line}
	var n [7]uint32
	for i, separator := range []string{"", ".", ".", ".", "/", ":", ","} {
		s.literal(separator)
		n[i] = s.number()
	}
	if !s.end() || max(n[0], n[1], n[2], n[3]) > 255 || n[6] > 65535 {
		return false
	}
	ip := netip.AddrFrom4([4]byte{byte(n[0]), byte(n[1]), byte(n[2]), byte(n[3])})
	return n[5] <= uint32(port) && uint32(port) <= n[6] && matchPrefix(ip, n[4], addr)
}

// matchWhere reports whether an address, a prefix addr/length or a range min-max
// covers addr. No address or number has a slash or a dash, so nothing is both.
func matchWhere(where string, addr netip.Addr) bool {
	if text, length, ok := strings.Cut(where, "/"); ok {
		s := scanner{rest: length}
		bits := s.number()
		ip, ok := parseAddr(text, addr)
		return ok && s.end() && matchPrefix(ip, bits, addr)
	}
	low, high, ok := strings.Cut(where, "-")
	if !ok {
		high = low
	}
	from, ok1 := parseAddr(low, addr)
	to, ok2 := parseAddr(high, addr)
	return ok1 && ok2 && from.Compare(addr) <= 0 && addr.Compare(to) <= 0
}

// parseAddr reads an address of the family of like, as strictly as inet_pton(3).
func parseAddr(text string, like netip.Addr) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(text)
	return ip, err == nil && ip.Zone() == "" && ip.Is4() == like.Is4()
}

// matchPrefix reports whether ip/length is a prefix, with no bit set behind
// length, and addr lies in it.
func matchPrefix(ip netip.Addr, length uint32, addr netip.Addr) bool {
	if length > uint32(ip.BitLen()) {
		return false
	}
	p := netip.PrefixFrom(ip, int(length))
	return p.Masked() == p && p.Contains(addr)
}

// matchPorts reports whether a port or a range of ports covers port.
func matchPorts(ports string, port uint16) bool {
	s := scanner{rest: ports}
	low := s.number()
	high := low
	if strings.HasPrefix(s.rest, "-") {
		s.literal("-")
		high = s.number()
	}
	return s.end() && low <= uint32(port) && uint32(port) <= high
}
