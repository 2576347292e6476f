package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// thread is the thread that was looked into last. What was opened of it stays open,
// since most programs bind from one thread. The zero value is none.
//
// The descriptors stand for that thread, or for another of its process that took its
// number by execve(2), and not for the number: once it has ended the kernel answers ESRCH
// on them, whoever has the number then. As long as it has not, the number is its own. So
// an identity that was read from status is that of the thread which has the number now.
type thread struct {
	tid    int
	status int      // of proc_pid_status(5)
	pidfd  int      // of the thread or its process; -1 before it is needed
	dir    int      // its directory in /proc; -1 before it binds again
	comm   int      // of proc_pid_comm(5); as dir
	text   []byte   // room for the status
	last   identity // by the status

	userNS string // that of this process, if all that is covered there is who it is; "" else
}

// newThread is for a process that is self. Where that is fixed but for no_new_privs,
// which loading the filter demanded of the target, all that is covered has the same ids as
// long as it stays in the user namespace of this process: proc_pid_ns(5) names it.
func newThread(self identity) thread {
	if self.noNewPrivs = true; self.euid == 0 || !self.isFixed() {
		return thread{}
	}
	userNS, _ := os.Readlink("/proc/self/ns/user")
	return thread{userNS: userNS}
}

// identify reads the identity of the thread tid, and keeps what it opened.
func (t *thread) identify(tid int) (identity, error) {
	if t.tid == tid && tid != 0 {
		if t.last.isFixed() && t.isHere() {
			return t.last, nil
		}
		t.openDir() // by its number, which is the thread's if it can be read after that
		if id, err := t.read(); err == nil {
			return id, nil
		}
	}
	t.close()
	status, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/status", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return identity{}, fmt.Errorf("open the status of thread %d: %w", tid, err)
	}
	t.tid, t.status, t.pidfd, t.dir, t.comm = tid, status, -1, -1, -1
	id, err := t.read()
	if err != nil {
		t.close()
		return identity{}, fmt.Errorf("read the identity of thread %d: %w", tid, err)
	}
	return id, nil
}

func (t *thread) read() (identity, error) {
	text, err := sys.ReadAgain(t.status, t.text)
	if err != nil {
		return identity{}, err
	}
	t.text = text
	t.last, err = parseStatus(text)
	return t.last, err
}

// isHere reports whether the thread is in the user namespace of this process. It takes
// note of the name that the thread has now.
func (t *thread) isHere() bool {
	if t.userNS == "" {
		return false
	}
	var text [64]byte
	n, err := unix.Readlinkat(t.dir, "ns/user", text[:])
	if err != nil || string(text[:n]) != t.userNS {
		return false
	}
	n, err = unix.Pread(t.comm, text[:], 0)
	name, end := bytes.CutSuffix(text[:max(n, 0)], []byte("\n"))
	if err != nil || !end || bytes.ContainsAny(name, "\n\\") { // the status has it with escapes
		return false
	}
	if t.last.comm != string(name) {
		t.last.comm = string(name)
	}
	return true
}

// openDir opens the thread's directory, and what is read in it, if they are not open.
// After an error descriptors are -1, and isHere will not find the thread.
func (t *thread) openDir() {
	if t.dir < 0 {
		t.dir, _ = unix.Open("/proc/"+strconv.Itoa(t.tid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	if t.comm < 0 {
		t.comm, _ = unix.Openat(t.dir, "comm", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
}

// getfd duplicates a descriptor of the thread, after identify. id is the thread or,
// where the kernel has pidfds of processes alone, its process.
func (t *thread) getfd(id int, isThread bool, fd int) (int, error) {
	if t.pidfd >= 0 {
		dup, err := sys.Getfd(t.pidfd, fd)
		if !errors.Is(err, unix.ESRCH) {
			return dup, err
		}
		_ = unix.Close(t.pidfd)
	}
	var err error
	if t.pidfd, err = sys.OpenPidfd(id, isThread); err != nil {
		return -1, err
	}
	return sys.Getfd(t.pidfd, fd)
}

// close closes what is open.
func (t *thread) close() {
	if t.tid != 0 {
		for _, fd := range []int{t.status, t.pidfd, t.dir, t.comm} {
			_ = unix.Close(fd)
		}
	}
	t.tid = 0
}
