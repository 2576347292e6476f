package client

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// A helper that ended without a word has done nothing, if the socket has no port.
func TestUnserved(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	for range 2 {
		bound := isBound(fd)
		if got := Unserved(io.EOF, fd); errors.Is(got, ErrClosed) == bound {
			t.Errorf("bound %v: %v", bound, got)
		}
		if got := Unserved(unix.EIO, fd); got != unix.EIO {
			t.Errorf("bound %v: %v", bound, got)
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil && !bound {
			t.Fatal(err)
		}
	}
	if !isBound(fd) || !isBound(-1) {
		t.Error("a bound socket, or none at all, is not bound")
	}
}
