package seccomp

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Supported returns nil if this kernel has seccomp user notification
// (Linux 5.0), the CONTINUE flag (5.5), pidfd_getfd(2) (5.6) and
// SO_NETNS_COOKIE (5.14), and nothing forbids this process to ask for them.
func Supported() error {
	var sizes struct{ notif, resp, data uint16 }
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_NOTIF_SIZES, 0, uintptr(unsafe.Pointer(&sizes)))
	if errno != 0 {
		return fmt.Errorf("seccomp user notification: %w", errno)
	}
	// No pidfd is -1: EBADF, where the call is there.
	_, err := unix.PidfdGetfd(-1, 0, 0)
	if err != unix.EBADF {
		return fmt.Errorf("pidfd_getfd: %w", err)
	}
	return netnsCookie()
}

// netnsCookie reports whether a socket tells its network namespace. No socket at
// all is no reason to complain: then there is nothing to bind.
func netnsCookie() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	if _, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE); err != nil {
		return fmt.Errorf("network namespace of a socket: %w", err)
	}
	return nil
}
