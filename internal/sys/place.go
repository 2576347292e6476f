package sys

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// IsInherited reports whether fd is open and was inherited, or is to be: it is not
// close-on-exec, as all is that this process opens by itself.
func IsInherited(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}

// Place gives the descriptors fds the numbers from first on, for a program that the
// calling thread executes next; it must be locked. None of these numbers may be an
// inherited descriptor. Where one is the Go runtime's, which goes on using it, the thread
// gets a table of descriptors of its own.
func Place(first int, fds []int) error {
	end := first + len(fds)
	for fd := first; fd < end; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && !slices.Contains(fds, fd) {
			if err := unix.Unshare(unix.CLONE_FILES); err != nil {
				return os.NewSyscallError("unshare", err)
			}
			break
		}
	}
	for i, fd := range fds { // out of each other's way
		high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, end)
		if err != nil {
			return fmt.Errorf("duplicate descriptor %d: %w", fd, err)
		}
		fds[i] = high
	}
	for i, fd := range fds {
		if err := unix.Dup3(fd, first+i, 0); err != nil {
			return os.NewSyscallError("dup3", err)
		}
	}
	return nil
}
