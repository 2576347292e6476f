package supervisor

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// raw builds a sockaddr of the given length.
func raw(family uint16, port uint16, length int, body ...byte) []byte {
	b := make([]byte, max(length, 4+len(body)))
	binary.NativeEndian.PutUint16(b, family)
	binary.BigEndian.PutUint16(b[2:], port)
	copy(b[4:], body)
	return b[:length]
}

func TestParseSockaddr(t *testing.T) {
	v6 := func(scope byte) []byte {
		b := make([]byte, 24)
		b[4+15], b[20] = 1, scope // ::1 behind the flow label
		return b
	}
	for name, c := range map[string]struct {
		raw  []byte
		want string // "" for none of ours
		zone uint32
	}{
		"IPv4":                     {raw(unix.AF_INET, 80, 16, 192, 0, 2, 1), "192.0.2.1:80", 0},
		"IPv4 in a storage":        {raw(unix.AF_INET, 80, 128, 192, 0, 2, 1), "192.0.2.1:80", 0},
		"IPv4 short":               {raw(unix.AF_INET, 80, 15, 192, 0, 2, 1), "", 0},
		"IPv6":                     {raw(unix.AF_INET6, 443, 28, v6(3)...), "[::1]:443", 3},
		"IPv6 without scope":       {raw(unix.AF_INET6, 443, 24, v6(3)...), "[::1]:443", 0},
		"IPv6 with half a scope":   {raw(unix.AF_INET6, 443, 27, v6(3)...), "[::1]:443", 0},
		"IPv6 short":               {raw(unix.AF_INET6, 443, 23, v6(3)...), "", 0},
		"IPv6 of IPv4's length":    {raw(unix.AF_INET6, 443, 16, v6(3)...), "", 0},
		"AF_UNSPEC":                {raw(unix.AF_UNSPEC, 80, 16), "", 0},
		"AF_UNIX":                  {raw(unix.AF_UNIX, 80, 110), "", 0},
		"AF_NETLINK":               {raw(unix.AF_NETLINK, 80, 16), "", 0},
		"nothing":                  {nil, "", 0},
		"longer than the kernel's": {raw(unix.AF_INET, 80, 129, 192, 0, 2, 1), "", 0},
	} {
		got, ok := parseSockaddr(c.raw)
		if ok != (c.want != "") {
			t.Errorf("%s: %v, %v", name, got, ok)
			continue
		}
		if ok && (got.AddrPort != netip.MustParseAddrPort(c.want) || got.scope != c.zone) {
			t.Errorf("%s: %v scope %d, want %s scope %d", name, got.AddrPort, got.scope, c.want, c.zone)
		}
	}
}

// What is accepted is inet, has no zone, and holds the bytes that the kernel
// would read.
func FuzzParseSockaddr(f *testing.F) {
	f.Add(raw(unix.AF_INET, 80, 16, 192, 0, 2, 1))
	f.Add(raw(unix.AF_INET6, 53, 28, 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := parseSockaddr(b)
		if !ok {
			return
		}
		family := binary.NativeEndian.Uint16(b)
		switch {
		case a.Addr().Zone() != "" || a.Port() != binary.BigEndian.Uint16(b[2:]):
			t.Errorf("%x: %v", b, a)
		case a.Addr().Is4() && (family != unix.AF_INET || a.Addr().As4() != [4]byte(b[4:])):
			t.Errorf("%x: %v", b, a)
		case !a.Addr().Is4() && (family != unix.AF_INET6 || a.Addr().As16() != [16]byte(b[8:])):
			t.Errorf("%x: %v", b, a)
		}
	})
}
