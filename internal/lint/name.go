package lint

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/tree"
	"gobind/policy"
)

func isDenied(err error) bool { return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) }

// misnamed finds what is wrong with a name that no request asks for, if the name
// that was meant, or "", is another.
func (l *linter) misnamed(e tree.Entry, meant string) {
	switch {
	case meant == "" && aside(e.Name):
	case meant == "":
		l.report(NameUnknown, e.Path, Finding{})
	case strings.TrimPrefix(meant, "!") == strings.TrimPrefix(e.Name, "!"):
		l.report(NameMark, e.Path, Finding{Instead: meant})
	default:
		l.report(NameForm, e.Path, Finding{Instead: meant})
	}
}

// meantPort is the name that a file of byport should have, or "".
func (l *linter) meantPort(name string) string {
	if port, ok := l.port(strings.TrimPrefix(name, "!")); ok {
		return tree.PortName(port)
	}
	return ""
}

// meantAddr is the name that a file of byaddr should have, or "".
func (l *linter) meantAddr(name string) string {
	text := strings.TrimPrefix(name, "!")
	i := strings.LastIndexAny(text, ",:")
	if i < 0 {
		return ""
	}
	port, ok := l.port(text[i+1:])
	host, _, _ := strings.Cut(strings.Trim(text[:i], "[]"), "%")
	addr, err := netip.ParseAddr(withoutZeros(host))
	if !ok || err != nil {
		return ""
	}
	names := tree.AddrNames(netip.AddrPortFrom(addr, port))
	if addr.Is4() && text[i] == ',' {
		return names[1]
	}
	return names[0]
}

// meantUID is the name that a file of byuid should have, or "".
func (l *linter) meantUID(name string) string {
	text, marked := strings.CutPrefix(name, "!")
	uid, ok := l.names.User(text)
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		uid, ok = uint32(n), true
	}
	if !ok {
		return ""
	}
	text = strconv.FormatUint(uint64(uid), 10)
	if marked {
		text = "!" + text
	}
	return text
}

// port is the port of a number, however it is written, or of a service.
func (l *linter) port(text string) (uint16, bool) {
	if n, err := strconv.ParseUint(text, 10, 16); err == nil {
		return uint16(n), n != 0
	}
	for _, protocol := range []policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP} {
		if port, ok := l.names.Service(text, protocol); ok {
			return port, true
		}
	}
	return 0, false
}

// withoutZeros is a dotted quad without leading zeros in its numbers.
func withoutZeros(host string) string {
	parts := strings.Split(host, ".")
	if len(parts) != 4 || strings.Contains(host, ":") {
		return host
	}
	for i, part := range parts {
		if trimmed := strings.TrimLeft(part, "0"); trimmed != "" {
			parts[i] = trimmed
		} else if part != "" {
			parts[i] = "0"
		}
	}
	return strings.Join(parts, ".")
}
