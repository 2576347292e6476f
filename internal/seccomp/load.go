package seccomp

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrNested is returned by Load where an outer filter has a listener already:
// the kernel allows one for each chain of filters.
var ErrNested = errors.New("a seccomp filter with a listener is there already")

// Load loads the filter into the calling thread alone (never TSYNC: the threads
// that serve must not be filtered), which the caller has locked, and returns the
// listener. What the thread forks or executes is covered from then on. The
// thread gets no_new_privs, unless it has CAP_SYS_ADMIN: then setuid programs go
// on working below it. The caller owns the listener, which is close-on-exec.
func Load() (int, error) {
	fd, err := load()
	if !errors.Is(err, unix.EACCES) {
		return fd, err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return -1, fmt.Errorf("set no_new_privs: %w", err)
	}
	return load()
}

// load loads the filter with what privilege there is; EACCES: with too little.
func load() (int, error) {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// SPEC_ALLOW (Linux 4.17): this is no sandbox, and before Linux 5.16 a filter
	// without it slows the program by mitigations (speculative store bypass).
	// WAIT_KILLABLE_RECV (Linux 5.19): once its notification was received, a
	// bind waits for the response and is not interrupted by a signal.
	for _, extra := range []uintptr{unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0} {
		fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
			unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW|extra, uintptr(unsafe.Pointer(&program)))
		switch {
		case errno == 0:
			return int(fd), nil
		case errno == unix.EBUSY:
			return -1, ErrNested
		case errno != unix.EINVAL:
			return -1, fmt.Errorf("load a seccomp filter: %w", errno)
		}
	}
	return -1, fmt.Errorf("load a seccomp filter with a listener: %w", unix.EINVAL)
}
