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
	slack uint64 // timer slack of the child, which has it from the thread that forks
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
	runtime.LockOSThread() // signals are blocked by thread
	defer runtime.UnlockOSThread()
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	all, old := ^uint64(0), uint64(0)
	setMask(&all, &old)
	setSlack(s.slack)
	failed := new(syscall.Errno)
	pid, errno := vforkCalls(s.calls, failed, detach)
	setMask(&old, nil)
	runtime.KeepAlive(s.keep)
	if errno != 0 {
		return 0, fmt.Errorf("fork: %w", errno)
	}
	if detach || *failed != 0 {
		_, _ = Wait4(int(pid), 0)
		pid = 0
	}
	if *failed != 0 {
		return 0, *failed
	}
	return int(pid), nil
}

// setMask sets the signal mask of the calling thread.
func setMask(mask, old *uint64) {
	_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK,
		uintptr(unsafe.Pointer(mask)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
}

// rawVfork forks as vfork(2): the child shares this process's memory, and the
// calling thread waits until the child has executed a program or ended. The
// child may not return from the function that called rawVfork.
func rawVfork() (pid, errno uintptr)

// vforkCalls is the fork. The child does all in this frame and never returns; it
// calls no Go function that may grow the stack, allocate or be preempted. All
// signals are blocked until the script sets a mask: no handler of the Go runtime
// runs in the child. failed is shared with it.
//
//go:norace
//go:nosplit
//go:noinline
func vforkCalls(calls []call, failed *syscall.Errno, detach bool) (uintptr, syscall.Errno) {
	pid, errno := rawVfork()
	if errno != 0 || pid != 0 {
		return pid, syscall.Errno(errno)
	}
	if detach {
		if pid, errno = rawVfork(); pid != 0 {
			_, _, _ = syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	err := syscall.Errno(errno)
	for i := 0; err == 0 && i < len(calls); i++ {
		c := &calls[i]
		_, _, err = syscall.RawSyscall6(c.nr, c.args[0], c.args[1], c.args[2], c.args[3], c.args[4], c.args[5])
		if err == c.tolerate {
			err = 0
		}
	}
	*failed = err
	for {
		_, _, _ = syscall.RawSyscall(unix.SYS_EXIT_GROUP, 125, 0, 0)
	}
}
