package supervisor

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// maxSockaddr is the longest sockaddr that the kernel takes, struct
// sockaddr_storage, in bytes.
const maxSockaddr = 128

// The least lengths of an inet sockaddr that the kernel takes, in bytes: an
// IPv6 one may lack its scope (RFC 2133).
const (
	minInet4 = 16
	minInet6 = 24
)

// address is an inet address that a target wants to bind to.
type address struct {
	netip.AddrPort        // no zone
	scope          uint32 // sin6_scope_id
}

// parseSockaddr returns the inet address in raw, the bytes that the target
// passed; false if it is none that the kernel would take for one.
func parseSockaddr(raw []byte) (address, bool) {
	if len(raw) < minInet4 || len(raw) > maxSockaddr {
		return address{}, false
	}
	port := binary.BigEndian.Uint16(raw[2:])
	switch family := binary.NativeEndian.Uint16(raw); {
	case family == unix.AF_INET:
		return address{AddrPort: netip.AddrPortFrom(netip.AddrFrom4([4]byte(raw[4:])), port)}, true
	case family == unix.AF_INET6 && len(raw) >= minInet6:
		a := address{AddrPort: netip.AddrPortFrom(netip.AddrFrom16([16]byte(raw[8:])), port)}
		if len(raw) >= 28 {
			a.scope = binary.NativeEndian.Uint32(raw[24:])
		}
		return a, true
	default:
		return address{}, false
	}
}
