package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// siginfo is siginfo_t as waitid(2) fills it in.
type siginfo struct {
	_      [2]int32
	code   int32
	_      int32
	pid    int32
	_      uint32
	status int32
	_      [100]byte
}

// Changed is a child that ended or was stopped.
type Changed struct {
	PID    int // 0: no child did
	Status unix.WaitStatus
}

// PeekChild returns a child that ended or was stopped, and leaves it as it is: the
// next call returns it again until [Changed.Take]. It does not wait. Without
// children the error is ECHILD.
func PeekChild() (Changed, error) {
	return waitid(unix.P_ALL, 0, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT)
}

// Take reaps a child that has ended, or takes note that one was stopped.
func (c Changed) Take() error {
	which := unix.WEXITED
	if c.Status.Stopped() {
		which = unix.WSTOPPED
	}
	_, err := waitid(unix.P_PID, c.PID, which)
	return err
}

// waitid tries more than once whatever fails: what is missed here is missed for good.
func waitid(kind, id, options int) (Changed, error) {
	var err error
	for range 3 {
		var info siginfo
		for {
			err = unix.Waitid(kind, id, (*unix.Siginfo)(unsafe.Pointer(&info)), options|unix.WNOHANG, nil)
			if err != unix.EINTR {
				break
			}
		}
		if err == nil {
			return Changed{int(info.pid), info.waitStatus()}, nil
		}
	}
	return Changed{}, err
}

// waitStatus is the status as wait4(2) has it.
func (i siginfo) waitStatus() unix.WaitStatus {
	const exited, dumped, stopped = 1, 3, 5
	switch status := unix.WaitStatus(i.status); i.code {
	case exited:
		return status << 8
	case dumped:
		return status | 0x80
	case stopped:
		return status<<8 | 0x7f
	default:
		return status
	}
}
