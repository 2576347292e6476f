package sys

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A call is one system call of a forked child.
type call struct {
	nr       uintptr
	args     [6]uintptr
	tolerate syscall.Errno // this error lets the child go on
}

// script is what a forked child does: system calls and nothing else, since a
// fork of a Go process has one thread and must not enter the runtime. The last
// call is an execve. All memory it points to is held in keep; whoever made the
// script closes fds when it has run.
type script struct {
	calls []call
	keep  []any
	fds   []int
}

func (s *script) add(nr uintptr, args ...uintptr) *call {
	c := call{nr: nr}
	copy(c.args[:], args)
	s.calls = append(s.calls, c)
	return &s.calls[len(s.calls)-1]
}

// run forks, and in the child makes the calls. With detach the child forks once
// more and ends, so that the grandchild, which makes the calls, is nobody's
// child but init's (or the nearest subreaper's). It waits until the program was
// executed, and returns its pid (0 with detach) or the error of the call that
// failed.
func (s *script) run(detach bool) (int, error) {
	var report [2]int
	if err := unix.Pipe2(report[:], unix.O_CLOEXEC); err != nil {
		return 0, fmt.Errorf("make a pipe: %w", err)
	}
	defer unix.Close(report[0]) //nolint:errcheck // the read end of a pipe
	syscall.ForkLock.Lock()
	pid, errno := forkCalls(s.calls, report[1], detach)
	syscall.ForkLock.Unlock()
	_ = unix.Close(report[1])
	if errno != 0 {
		return 0, fmt.Errorf("fork: %w", errno)
	}
	failed := readReport(report[0])
	runtime.KeepAlive(s.keep)
	if detach || failed != 0 {
		_, _ = Wait4(int(pid), 0)
		pid = 0
	}
	if failed != 0 {
		return 0, failed
	}
	return int(pid), nil
}

// readReport returns what the child wrote before it ended, 0 if its execve
// closed the pipe.
func readReport(fd int) syscall.Errno {
	var errno [4]byte
	for {
		n, err := unix.Read(fd, errno[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n != len(errno) {
			return 0
		}
		return syscall.Errno(*(*uint32)(unsafe.Pointer(&errno)))
	}
}

// forkCalls is the fork. In the child no Go function is called that may grow the
// stack, allocate or be preempted; all signals are blocked from before the fork
// until the script sets a mask.
//
//go:norace
//go:nosplit
//go:noinline
func forkCalls(calls []call, report int, detach bool) (uintptr, syscall.Errno) {
	var old, errno uint64
	all := ^uint64(0)
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&old)), 8, 0, 0)
	pid, _, err := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if err != 0 || pid != 0 {
		syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&old)), 0, 8, 0, 0)
		return pid, err
	}
	if detach {
		pid, _, err = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if pid != 0 && err == 0 {
			syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	for i := 0; err == 0 && i < len(calls); i++ {
		c := &calls[i]
		_, _, err = syscall.RawSyscall6(c.nr, c.args[0], c.args[1], c.args[2], c.args[3], c.args[4], c.args[5])
		if err == c.tolerate {
			err = 0
		}
	}
	errno = uint64(err)
	syscall.RawSyscall(unix.SYS_WRITE, uintptr(report), uintptr(unsafe.Pointer(&errno)), 4)
	for {
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, 125, 0, 0)
	}
}
