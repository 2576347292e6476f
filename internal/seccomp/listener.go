package seccomp

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Notification is struct seccomp_notif (seccomp_unotify(2)). The target's
// thread waits in its system call until the response.
type Notification struct {
	ID    uint64
	PID   uint32 // the *thread*, in the supervisor's pid namespace; 0: not in it
	Flags uint32
	Data  Data
}

// Data is struct seccomp_data: the system call, whose arguments are the
// target's words and prove nothing.
type Data struct {
	Nr   int32
	Arch uint32 // AUDIT_ARCH_*
	IP   uint64
	Args [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	val   int64
	error int32
	flags uint32
}

// Listener receives the notifications of one filter. Its methods may be used by
// one goroutine at a time.
type Listener struct{ fd int }

// NewListener takes over fd, which [Load] returned here or in another process.
// From Linux 6.6 on it asks for synchronous wake-ups, which save a scheduling
// delay in each direction.
func NewListener(fd int) *Listener {
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	return &Listener{fd}
}

// FD is the listener's descriptor, for poll(2): readable when a notification
// waits, POLLHUP when no covered task is left.
func (l *Listener) FD() int { return l.fd }

// Close closes the listener: binds of tasks that are covered still get ENOSYS.
func (l *Listener) Close() error { return unix.Close(l.fd) }

// Receive receives the next notification. Poll first: without one it may wait
// for ever once all covered tasks have ended (Linux 6.1). The error is ENOENT
// if the target was gone meanwhile, which is nobody's fault.
func (l *Listener) Receive() (Notification, error) {
	var n Notification // the kernel demands zeroes
	err := l.ioctl(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n))
	if err != nil {
		return n, fmt.Errorf("receive a notification: %w", err)
	}
	return n, nil
}

// Valid reports whether the target still waits for the response, so that what
// was read of it since was its own and not that of a later owner of its pid.
func (l *Listener) Valid(id uint64) bool {
	return l.ioctl(unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&id)) == nil
}

// Respond ends the system call with errno, 0 for success. The error is ENOENT
// if the target no longer waits.
func (l *Listener) Respond(id uint64, errno unix.Errno) error {
	return l.send(response{id: id, error: -int32(errno)})
}

// Continue lets the kernel do the system call as if there were no filter. It
// grants nothing, and judges what the target's memory holds then.
func (l *Listener) Continue(id uint64) error {
	return l.send(response{id: id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE})
}

// send tries more than once whatever fails but with ENOENT: the target waits.
func (l *Listener) send(r response) error {
	var err error
	for range 3 {
		err = l.ioctl(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r))
		if err == nil {
			return nil
		}
		if errors.Is(err, unix.ENOENT) {
			break
		}
	}
	return fmt.Errorf("send a response: %w", err)
}

// ioctl retries EINTR: a notification that was received is not lost by it.
func (l *Listener) ioctl(request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(l.fd), request, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
			continue
		default:
			return errno
		}
	}
}
