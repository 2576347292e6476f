package policy

import (
	"net/netip"
	"strconv"
)

// Subject is who asks: the real user id, real group id and supplementary groups
// of a process, at the moment of its bind.
type Subject struct {
	UID, GID uint32
	Groups   []uint32
}

// Protocol is a transport protocol, by its number in the IP header.
type Protocol uint8

// The protocols that have privileged ports.
const (
	ProtocolTCP  Protocol = 6
	ProtocolUDP  Protocol = 17
	ProtocolSCTP Protocol = 132
)

// String is the protocol's name in lower case, or "protocol-N".
func (p Protocol) String() string {
	switch p {
	case ProtocolTCP:
		return "tcp"
	case ProtocolUDP:
		return "udp"
	case ProtocolSCTP:
		return "sctp"
	default:
		return "protocol-" + strconv.Itoa(int(p))
	}
}

// Request is one bind that a subject wants: of an IPv4 address if Addr.Is4(),
// else of an IPv6 one. An IPv4-mapped address is an IPv6 address.
type Request struct {
	Subject  Subject
	Protocol Protocol
	Addr     netip.Addr
	Port     uint16
}

// decidable reports whether policy has anything to say about r. Port 0 lets the
// kernel choose, and no policy names a zone.
func (r Request) decidable() bool {
	return r.Addr.IsValid() && r.Addr.Zone() == "" && r.Port != 0
}
