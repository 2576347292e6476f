package sys

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// helperEntryRan is set by gobind_helper_entry.
var helperEntryRan uint64

// EnteredClean reports whether this program began at gobind_helper_entry: with no
// environment, no descriptor but the standard ones, no signal blocked, no capability
// but CAP_NET_BIND_SERVICE (where its real uid is root's also CAP_SETGID and
// CAP_SETUID), with no_new_privs if it has that one, and an empty bounding set if it
// had CAP_SETPCAP; then its capabilities also outlive a change of ids.
func EnteredClean() bool { return helperEntryRan != 0 }

// ConfineAllThreads loads a seccomp filter into every thread of this process
// (SECCOMP_FILTER_FLAG_TSYNC, Linux 3.17), which has no_new_privs.
func ConfineAllThreads(filter []unix.SockFilter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	thread, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC|unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(&program)))
	if errno != 0 || thread != 0 {
		return fmt.Errorf("seccomp: thread %d: %w", thread, errno)
	}
	return nil
}
