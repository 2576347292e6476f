package supervisor

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func newSocket(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// A lost success is told once, for the same socket and the same address.
func TestRepeated(t *testing.T) {
	var r recent
	a := address{AddrPort: netip.MustParseAddrPort("127.0.0.1:80")}
	b := address{AddrPort: netip.MustParseAddrPort("127.0.0.1:81")}
	one, two := cookieOf(newSocket(t)), cookieOf(newSocket(t))
	if r.repeated(one, a) || r.repeated(one, address{}) {
		t.Error("nothing was remembered")
	}
	r.remember(one, a)
	if r.repeated(one, b) || r.repeated(two, a) || r.repeated(two, address{}) {
		t.Error("another socket or address")
	}
	if !r.repeated(one, a) {
		t.Error("the same socket and address")
	}
	if r.repeated(one, a) {
		t.Error("told twice")
	}
}

func TestRecentIsBounded(t *testing.T) {
	var r recent
	a := address{AddrPort: netip.MustParseAddrPort("127.0.0.1:80")}
	first := cookieOf(newSocket(t))
	r.remember(first, a)
	for range maxRecent {
		r.remember(cookieOf(newSocket(t)), a)
	}
	if len(r.bound) > maxRecent || r.repeated(first, a) {
		t.Errorf("%d are remembered", len(r.bound))
	}
}
