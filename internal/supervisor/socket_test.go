package supervisor

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestIsBound(t *testing.T) {
	fd := newSocket(t)
	if isBound(fd) {
		t.Error("a new socket is bound")
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if !isBound(fd) || !isBound(-1) {
		t.Error("a bound one, or none at all, is not")
	}
}
