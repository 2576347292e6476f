package supervisor

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// thread is the thread that was looked into last. What was opened of it stays open,
// since most programs bind from one thread. The zero value is none.
//
// Both descriptors stand for that thread, and not for its number: once it has ended
// the kernel answers ESRCH on them, whoever has the number then. As long as it has
// not, the number is its own. So an identity that was read from status is that of
// the thread which has the number now.
type thread struct {
	tid    int
	status int    // of proc_pid_status(5)
	pidfd  int    // of the thread or its process; -1 before it is needed
	text   []byte // room for the status
}

// identify reads the identity of the thread tid, and keeps what it opened.
func (t *thread) identify(tid int) (identity, error) {
	if t.tid == tid && tid != 0 {
		if id, err := t.read(); err == nil {
			return id, nil
		}
	}
	t.close()
	status, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/status", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return identity{}, fmt.Errorf("open the status of thread %d: %w", tid, err)
	}
	t.tid, t.status, t.pidfd = tid, status, -1
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
	return parseStatus(text)
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
		_ = unix.Close(t.status)
		_ = unix.Close(t.pidfd)
	}
	t.tid = 0
}
