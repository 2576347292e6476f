package inet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Wanted is a port, or a service, of one protocol or of all: its port for each.
type Wanted map[string]uint16

// ParsePort parses "443", "https", "tcp:443" and "tcp:https". Services are those
// of /etc/services; one without a protocol of its own there is of all that have
// it.
func ParsePort(text string) (Wanted, error) {
	protocols, name := Protocols, text
	if protocol, rest, ok := strings.Cut(text, ":"); ok {
		if !slices.Contains(Protocols, protocol) {
			return nil, &PortError{text, "protocols are " + strings.Join(Protocols, ", ")}
		}
		protocols, name = []string{protocol}, rest
	}
	wanted := Wanted{}
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > 65535 {
			return nil, &PortError{text, "ports are 1 to 65535"}
		}
		for _, p := range protocols {
			wanted[p] = uint16(n)
		}
		return wanted, nil
	}
	for _, p := range protocols {
		if n, err := service(p, name); err == nil {
			wanted[p] = uint16(n)
		}
	}
	if len(wanted) == 0 {
		return nil, &PortError{text, "no such service"}
	}
	return wanted, nil
}

// service looks a service up. Those of tcp and udp alone have names in Go; others
// have tcp's, as in /etc/services.
func service(protocol, name string) (int, error) {
	network := "tcp"
	if strings.HasPrefix(protocol, "udp") {
		network = "udp"
	}
	if name == "" {
		return 0, strconv.ErrSyntax
	}
	return net.DefaultResolver.LookupPort(context.Background(), network, name)
}

// Has reports whether the socket has the port.
func (w Wanted) Has(s Socket) bool {
	port, ok := w[s.Protocol]
	return ok && s.Addr.Port() == port
}

// PortError says what is wrong with a port that was asked for.
type PortError struct{ Text, Why string }

func (e *PortError) Error() string { return fmt.Sprintf("not a port: %q: %s", e.Text, e.Why) }
