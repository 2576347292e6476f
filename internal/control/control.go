// Package control holds what gobind and its supervisor tell each other over a
// socket of type SOCK_SEQPACKET. In launch mode parent, where gobind stands in for
// a target that is not its child, it is told that the target was started, stopped
// or ended; in mode inplace it sends the listener, once.
package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Kind says what happened to the target.
type Kind uint32

// Kinds of event.
const (
	Failed    Kind = iota // it could not be started: Value is the errno of its exec
	Broken                // the supervisor could not do its part: Value is an errno
	Started               // it runs: Value is its pid, and a pidfd comes with the event
	Stopped               // it was stopped: Value is the signal
	Ended                 // it ended: Value is its wait status
	Supervise             // from gobind, in launch mode inplace: the listener comes with it
	Killed                // it was started, and killed, since the supervisor could not do its part: Value is an errno
	kindEnd
)

// Event is one thing that happened.
type Event struct {
	Kind  Kind
	Value uint32
}

// Send sends an event, and a duplicate of the descriptor unless that is negative.
// It raises no SIGPIPE. What fails is tried again: the other side waits for it.
func Send(fd int, e Event, pass int) error {
	var b [8]byte
	binary.NativeEndian.PutUint32(b[:], uint32(e.Kind))
	binary.NativeEndian.PutUint32(b[4:], e.Value)
	var rights []byte
	if pass >= 0 {
		rights = unix.UnixRights(pass)
	}
	return os.NewSyscallError("sendmsg", again(func() error {
		_, err := unix.SendmsgN(fd, b[:], rights, nil, unix.MSG_NOSIGNAL)
		return err
	}))
}

// again makes the system call until it succeeds, three times at most, but for EINTR.
// Nothing was sent or received by one that failed.
func again(call func() error) error {
	var err error
	for range 3 {
		for {
			if err = call(); err != unix.EINTR {
				break
			}
		}
		if err == nil || err == unix.EPIPE {
			break
		}
	}
	return err
}

// errEvent is returned for a message that is no event.
var errEvent = errors.New("not an event of the supervisor")

// Receive receives the next event, and the descriptor that came with it, -1 if
// none, which is close-on-exec and the caller's. io.EOF: the other side has ended.
func Receive(fd int) (Event, int, error) {
	var b [8]byte
	oob := make([]byte, unix.CmsgSpace(4))
	var n, oobn int
	err := again(func() (err error) {
		n, oobn, _, _, err = unix.Recvmsg(fd, b[:], oob, unix.MSG_CMSG_CLOEXEC)
		return err
	})
	switch {
	case err != nil:
		return Event{}, -1, os.NewSyscallError("recvmsg", err)
	case n == 0:
		return Event{}, -1, io.EOF
	case n != len(b):
		return Event{}, -1, errEvent
	}
	e := Event{Kind(binary.NativeEndian.Uint32(b[:])), binary.NativeEndian.Uint32(b[4:])}
	if e.Kind >= kindEnd {
		return Event{}, -1, errEvent
	}
	pidfd, err := passed(oob[:oobn])
	return e, pidfd, err
}

// passed returns the one descriptor in the control message, -1 if there is none.
func passed(oob []byte) (int, error) {
	if len(oob) == 0 {
		return -1, nil
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return -1, fmt.Errorf("control message: %w", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, fmt.Errorf("control message: %w", errors.Join(errEvent, err))
	}
	return fds[0], nil
}

// KilledError is the word Killed as an error: the program was started, and then killed.
type KilledError struct{ Err error }

func (e *KilledError) Error() string { return "the program was killed: " + e.Err.Error() }

// Unwrap returns why.
func (e *KilledError) Unwrap() error { return e.Err }
