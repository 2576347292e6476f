package activation

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Spec is a socket to listen on, as [Parse] read it.
type Spec struct {
	Name     string // for LISTEN_FDNAMES
	Protocol string // tcp or udp
	Addr     netip.AddrPort
	only     bool // IPv6 alone
	both     bool // all addresses of both families
}

// String is the socket in the words of a refusal.
func (s Spec) String() string { return s.Protocol + " " + s.Addr.String() }

// typ is the type of the socket.
func (s Spec) typ() int {
	if s.Protocol == "udp" {
		return unix.SOCK_DGRAM
	}
	return unix.SOCK_STREAM
}

// unknown is the name of a socket that was given none (sd_listen_fds_with_names(3)).
const unknown = "unknown"

// maxName is how long systemd lets a name be.
const maxName = 255

// SpecError says what is wrong with a text that is to be a socket.
type SpecError struct{ Text, Why string }

func (e *SpecError) Error() string { return fmt.Sprintf("--listen %q: %s", e.Text, e.Why) }

// Parse reads [NAME=]PROTOCOL:[ADDRESS:]PORT. The protocols are tcp and udp, tcp4, udp4,
// tcp6 and udp6. Without an address, or with *, it is all addresses: of both families,
// of IPv4 or of IPv6 alone. An IPv6 address is in brackets, and may have a zone.
func Parse(text string) (Spec, error) {
	bad := func(format string, args ...any) (Spec, error) {
		return Spec{}, &SpecError{text, fmt.Sprintf(format, args...)}
	}
	s := Spec{Name: unknown}
	rest := text
	if name, after, named := strings.Cut(text, "="); named {
		if !isName(name) {
			return bad("a name has 1 to %d printable ASCII characters and no colon", maxName)
		}
		s.Name, rest = name, after
	}
	network, rest, found := strings.Cut(rest, ":")
	protocol := strings.TrimRight(network, "46")
	family := strings.TrimPrefix(network, protocol)
	switch {
	case !found:
		return bad("no protocol and port")
	case protocol != "tcp" && protocol != "udp" || len(family) > 1:
		return bad("the protocols are tcp, tcp4, tcp6, udp, udp4 and udp6")
	}
	s.Protocol, s.only = protocol, family == "6"
	host, service := "*", rest
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		host, service = rest[:i], rest[i+1:]
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil || port == 0 {
		return bad("the port is a number from 1 to 65535")
	}
	ip, ok := parseHost(host, family)
	switch {
	case !ok:
		return bad("the address is IPv4, IPv6 in brackets, or *")
	case family == "4" && !ip.Is4(), family == "6" && ip.Is4():
		return bad("the address is none of %s", network)
	}
	s.both = family == "" && ip == netip.IPv6Unspecified()
	s.Addr = netip.AddrPortFrom(ip, uint16(port))
	return s, nil
}

// parseHost parses an address. One of IPv4 in the form of IPv6 is one of IPv4.
func parseHost(host, family string) (netip.Addr, bool) {
	inner, bracketed := strings.CutPrefix(host, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
	}
	ip, err := netip.ParseAddr(inner)
	switch {
	case host == "*" && family == "4":
		return netip.IPv4Unspecified(), true
	case host == "*":
		return netip.IPv6Unspecified(), true
	default:
		return ip.Unmap(), err == nil && bracketed == ip.Is6()
	}
}

// isName reports whether systemd takes the name, which may hold no = here.
func isName(name string) bool {
	for _, c := range []byte(name) {
		if c < ' ' || c > '~' || c == ':' {
			return false
		}
	}
	return 0 < len(name) && len(name) <= maxName
}
