package testenv

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Channel returns the two sides of a connected SOCK_SEQPACKET socket, which are
// closed when the test ends.
func Channel(tb testing.TB) (int, int) {
	tb.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = unix.Close(fds[0])
		_ = unix.Close(fds[1])
	})
	return fds[0], fds[1]
}
