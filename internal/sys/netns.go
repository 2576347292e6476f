package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// NetnsCookie is the cookie of the network namespace of a socket
// (SO_NETNS_COOKIE, Linux 5.14).
func NetnsCookie(fd int) (uint64, error) {
	cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return cookie, os.NewSyscallError("getsockopt", err)
}

// OwnNetnsCookie is the cookie of this process's network namespace.
func OwnNetnsCookie() (uint64, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	return NetnsCookie(fd)
}
