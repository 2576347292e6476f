package tree

import (
	"net/netip"
	"strconv"
	"strings"

	"gobind/policy"
)

// IsRules reports whether a file of rules.d with that name is one of rules.
func IsRules(name string) bool {
	return strings.HasSuffix(name, ".rules") && !strings.HasPrefix(name, ".")
}

// Mark is what the names of files for the port begin with, and those of the byuid
// files that are read for it.
func Mark(port uint16) string {
	if port >= 512 {
		return "!"
	}
	return ""
}

// ParsePort is the port that a file of byport is about; false: no request asks
// for that name.
func ParsePort(name string) (uint16, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(name, "!"), 10, 16)
	port := uint16(n)
	return port, err == nil && port > 0 && name == PortName(port)
}

// PortName is the name of the file of byport for the port.
func PortName(port uint16) string { return Mark(port) + strconv.Itoa(int(port)) }

// ParseAddr is the address and port that a file of byaddr is about, and in which
// step it is asked for, from 0; false: no request asks for that name.
func ParseAddr(name string) (addr netip.AddrPort, step int, ok bool) {
	text := strings.TrimPrefix(name, "!")
	i := strings.LastIndexAny(text, ",:")
	if i < 0 {
		return addr, 0, false
	}
	ip, err1 := netip.ParseAddr(text[:i])
	port, err2 := strconv.ParseUint(text[i+1:], 10, 16)
	if err1 != nil || err2 != nil || port == 0 || ip.Zone() != "" {
		return addr, 0, false
	}
	addr = netip.AddrPortFrom(ip, uint16(port))
	for step, want := range AddrNames(addr) {
		if name == want {
			return addr, step, true
		}
	}
	return addr, 0, false
}

// AddrNames are the names of the files of byaddr that are asked for about the
// address and port, in that order.
func AddrNames(addr netip.AddrPort) []string {
	mark, port := Mark(addr.Port()), strconv.Itoa(int(addr.Port()))
	text := mark + policy.AddrText(addr.Addr())
	if addr.Addr().Is4() {
		return []string{text + ":" + port, text + "," + port}
	}
	full := mark + policy.AddrFull(addr.Addr()) + "," + port
	if full == text+","+port {
		return []string{full}
	}
	return []string{text + "," + port, full}
}

// ParseUID is the user whom a file of byuid is about, and whether it is about
// the ports from 512 on; false: no request asks for that name.
func ParseUID(name string) (uid uint32, upper, ok bool) {
	text, upper := strings.CutPrefix(name, "!")
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), upper, err == nil && strconv.FormatUint(n, 10) == text
}
