package seccomp

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Feature is something of the kernel's that gobind uses, and whether it is
// there and allowed to this process: nil, or the error of asking for it.
type Feature struct {
	Name string
	Err  error
}

// Names of the features.
const (
	UserNotification = "seccomp user notification"
	WaitKillable     = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
	PidfdGetfd       = "pidfd_getfd"
	NetnsCookie      = "SO_NETNS_COOKIE"
)

// Features asks the kernel for each feature and changes nothing. All but
// [WaitKillable] are what [Supported] demands.
func Features() []Feature {
	return []Feature{
		{UserNotification, userNotification()},
		{WaitKillable, knowsFlags(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)},
		{PidfdGetfd, pidfdGetfd()},
		{NetnsCookie, netnsCookie()},
	}
}

func userNotification() error {
	action := uint32(unix.SECCOMP_RET_USER_NOTIF)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return errno
	}
	return knowsFlags(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
}

// knowsFlags asks for a filter at no address: EFAULT where the flags are known,
// EINVAL where they are not.
func knowsFlags(flags uintptr) error {
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, 0)
	if errno == unix.EFAULT {
		return nil
	}
	return errno
}

func pidfdGetfd() error {
	_, err := unix.PidfdGetfd(-1, 0, 0)
	if err == unix.EBADF {
		return nil
	}
	return err
}
