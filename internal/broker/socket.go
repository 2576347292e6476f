package broker

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/sys"
	"gobind/policy"
)

// socket is what getsockopt(2) says of a passed descriptor. Its owner can make an
// AF_INET6 socket an AF_INET one (IPV6_ADDRFORM); then the kernel refuses the
// address, whose family stays.
type socket struct {
	domain   int
	protocol policy.Protocol
}

// protocols are those of the sockets that the helper binds, by SO_PROTOCOL, and
// what they are to policy.
var protocols = map[int]policy.Protocol{
	unix.IPPROTO_TCP:     policy.ProtocolTCP,
	unix.IPPROTO_MPTCP:   policy.ProtocolTCP,
	unix.IPPROTO_UDP:     policy.ProtocolUDP,
	unix.IPPROTO_UDPLITE: policy.ProtocolUDP,
	unix.IPPROTO_SCTP:    policy.ProtocolSCTP,
	33:                   0, // IPPROTO_DCCP: a port, but no protocol that policy names
}

// inspect looks at a passed descriptor, and returns a reply if it is not a
// socket that the helper binds: an inet socket of a known type and protocol, in
// the helper's own network namespace.
func inspect(fd int, netns uint64) (socket, *helper.Reply) {
	unsuitable := unserved(helper.ReasonSocket, unix.EACCES)
	domain, err1 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	kind, err2 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	number, err3 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err1 != nil || err2 != nil || err3 != nil {
		return socket{}, &unsuitable
	}
	protocol, known := protocols[number]
	inet := domain == unix.AF_INET || domain == unix.AF_INET6
	typed := kind == unix.SOCK_STREAM || kind == unix.SOCK_DGRAM || kind == unix.SOCK_SEQPACKET
	if !known || !inet || !typed {
		return socket{}, &unsuitable
	}
	sock := socket{domain: domain, protocol: protocol}
	cookie, err := sys.NetnsCookie(fd)
	if err != nil || cookie != netns {
		foreign := unserved(helper.ReasonNamespace, unix.EACCES)
		return sock, &foreign
	}
	return sock, nil
}

// bind binds the socket to the address that was judged, in a sockaddr of the
// helper's own making.
func bind(fd int, sock socket, req helper.Request) error {
	addr := req.Addr.Addr()
	switch {
	case sock.domain == unix.AF_INET && addr.Is4():
		return unix.Bind(fd, &unix.SockaddrInet4{Addr: addr.As4(), Port: int(req.Addr.Port())})
	case sock.domain == unix.AF_INET6 && !addr.Is4():
		return unix.Bind(fd, inet6(req.Addr, req.ScopeID))
	case sock.domain == unix.AF_INET:
		return unix.EAFNOSUPPORT // as the kernel answers an AF_INET6 address there
	default:
		return unix.EINVAL // and a short AF_INET address on an AF_INET6 socket
	}
}

func inet6(addr netip.AddrPort, scope uint32) *unix.SockaddrInet6 {
	return &unix.SockaddrInet6{Addr: addr.Addr().As16(), Port: int(addr.Port()), ZoneId: scope}
}
