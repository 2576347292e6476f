package sys

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Deadline is a timer of the kernel's that kills this process (timer_create(2)),
// whatever it waits for. It survives a change of ids, and needs one queued signal of
// RLIMIT_SIGPENDING. The zero value is of no use.
type Deadline struct{ id int32 }

// sigevent is struct sigevent with SIGEV_SIGNAL.
type sigevent struct {
	value  uint64
	signo  int32
	notify int32
	_      [48]byte
}

// NewDeadline makes a deadline that is not set.
func NewDeadline() (Deadline, error) {
	var d Deadline
	event := sigevent{signo: int32(unix.SIGKILL)}
	_, _, errno := unix.RawSyscall(unix.SYS_TIMER_CREATE, unix.CLOCK_BOOTTIME,
		uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&d.id)))
	if errno != 0 {
		return d, fmt.Errorf("timer_create: %w", errno)
	}
	return d, nil
}

// Set sets the deadline to a time from now, in place of the one before.
func (d Deadline) Set(from time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(from.Nanoseconds())}
	_, _, errno := unix.RawSyscall6(unix.SYS_TIMER_SETTIME, uintptr(d.id), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("timer_settime: %w", errno)
	}
	return nil
}
