package lint

import (
	"net/netip"
	"strings"
)

// mendWhere notes where the line is about.
func (m *mender) mendWhere(text string) {
	if text == "" || text == "*" || text == "any" || text == "all" {
		m.fault(LineStar, text, "")
		m.where = []string{"0.0.0.0/0", "::/0"}
		return
	}
	low, high, isRange := strings.Cut(text, "-")
	if isRange {
		from, ok1 := m.mendAddr(low)
		to, ok2 := m.mendAddr(high)
		if !ok1 || !ok2 || from.Is4() != to.Is4() {
			return
		}
		if to.Less(from) {
			m.fault(LineReversed, text, "")
			from, to = to, from
		}
		m.where = []string{from.String() + "-" + to.String()}
		return
	}
	host, length, sliced := strings.Cut(text, "/")
	host, ok := m.brackets(host, &length, &sliced)
	addr, ok2 := m.mendAddr(host)
	if !ok || !ok2 {
		return
	}
	if !sliced {
		m.where = []string{addr.String()}
		return
	}
	if prefix, ok := m.mendPrefix(text, addr, length); ok {
		m.where = []string{prefix}
	}
}

// brackets takes brackets off an address, also if they enclose the length.
func (m *mender) brackets(host string, length *string, sliced *bool) (string, bool) {
	if !strings.HasPrefix(host, "[") {
		return host, true
	}
	m.fault(LineBrackets, "[", "")
	if inner, ok := strings.CutSuffix(*length, "]"); ok && *sliced {
		*length = inner
		return host[1:], true
	}
	inner, ok := strings.CutSuffix(host[1:], "]")
	return inner, ok
}

func (m *mender) mendAddr(text string) (netip.Addr, bool) {
	host, zone, zoned := strings.Cut(strings.Trim(text, " \t"), "%")
	if zoned {
		m.fault(LineZone, "%"+zone, "")
	}
	if trimmed := withoutZeros(host); trimmed != host {
		m.fault(LineZeros, host, "")
		host = trimmed
	}
	if n := strings.Count(host, "."); n < 3 && strings.Trim(host, "0123456789.") == "" && host != "" {
		m.fault(LineForm, host, "")
		host += strings.Repeat(".0", 3-n)
	}
	addr, err := netip.ParseAddr(host)
	return addr, err == nil
}

// mendPrefix is a prefix. A length that is a port, as in 0.0.0.0/53/53, is none.
func (m *mender) mendPrefix(text string, addr netip.Addr, length string) (string, bool) {
	if addr == netip.IPv4Unspecified() && strings.HasPrefix(m.line, text+"/"+length) {
		return "0.0.0.0/0", true
	}
	bits, ok := m.number(length)
	if mask, err := netip.ParseAddr(length); err == nil && mask.Is4() {
		m.fault(LineForm, length, "")
		bits, ok = ones(mask)
	}
	if !ok || bits > uint32(addr.BitLen()) {
		return "", false
	}
	prefix := netip.PrefixFrom(addr, int(bits)).Masked()
	if prefix.Addr() != addr {
		m.fault(LineHostBits, text, "")
	}
	return prefix.String(), true
}

// ones is the length of a netmask.
func ones(mask netip.Addr) (uint32, bool) {
	b := mask.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	bits := uint32(0)
	for ; n&(1<<31) != 0; n <<= 1 {
		bits++
	}
	return bits, n == 0
}
