package supervisor

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"gobind/internal/control"
	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// Target is the program that a supervisor in launch mode parent has started.
type Target struct {
	Listener int // -1: an outer gobind covers it already
	Pidfd    int

	pid     int
	control int
	lost    func(error)
	ended   chan struct{}
	once    sync.Once
}

// StartTarget starts the program under a filter of its own, as a child of this
// process, which becomes the subreaper of all below. It tells gobind, over the
// socket control, what becomes of it; when gobind is killed, so is the target.
// Where it cannot tell gobind of the target's end, or see it, it calls lost, and this
// process must end: the target, which was not reaped, is gobind's child then.
func StartTarget(image sys.Image, in sys.Inherited, controlFD int, lost func(error)) (*Target, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become the subreaper: %w", err)
	}
	t := &Target{control: controlFD, lost: lost, ended: make(chan struct{})}
	reaper := NewReaper()
	if err := t.start(image, in); err != nil {
		return nil, err
	}
	err := control.Send(controlFD, control.Event{Kind: control.Started, Value: uint32(t.pid)}, t.Pidfd)
	if err != nil {
		t.Kill()
		return nil, &control.KilledError{Err: fmt.Errorf("tell gobind: %w", err)}
	}
	reaper.Start(t.changed, t.unseen) // only now: it tells of the end
	go t.dieWithGobind()
	return t, nil
}

// start loads the filter into a thread of its own and forks the target from it.
// The thread ends then, since its filter would keep the listener from ever
// reporting that no covered task is left.
func (t *Target) start(image sys.Image, in sys.Inherited) error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock
		failed <- t.startHere(image, in)
	}()
	return <-failed
}

func (t *Target) startHere(image sys.Image, in sys.Inherited) error {
	listener, err := seccomp.Load()
	if err != nil && !errors.Is(err, seccomp.ErrNested) {
		return err
	}
	t.Listener = listener
	child := sys.Child{Image: image, Inherited: in}
	if t.pid, err = child.Start(); err != nil {
		return &StartError{err}
	}
	if t.Pidfd, err = sys.OpenPidfd(t.pid, false); err != nil {
		_ = unix.Kill(t.pid, unix.SIGKILL) // its pid is its own: nobody reaps it
		return &control.KilledError{Err: err}
	}
	return nil
}

// StartError is the error of the target's own exec.
type StartError struct{ Err error }

func (e *StartError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the system call.
func (e *StartError) Unwrap() error { return e.Err }

// changed tells gobind what a child's new status means, before the child is reaped.
func (t *Target) changed(c sys.Changed) error {
	if c.PID != t.pid {
		return nil
	}
	if c.Status.Stopped() {
		_ = control.Send(t.control, control.Event{Kind: control.Stopped, Value: uint32(c.Status.StopSignal())}, -1)
		return nil
	}
	err := control.Send(t.control, control.Event{Kind: control.Ended, Value: uint32(c.Status)}, -1)
	if err != nil && !errors.Is(err, unix.EPIPE) { // EPIPE: gobind was killed
		t.lost(err)
		return err
	}
	t.once.Do(func() { close(t.ended) })
	return nil
}

// unseen ends the supervision of a target whose end cannot be seen.
func (t *Target) unseen(err error) {
	select {
	case <-t.ended:
	default:
		t.lost(err)
	}
}

// dieWithGobind kills the target when gobind goes first. It sends nothing, so
// whatever comes is the end of the channel (ECONNRESET if an event was unread).
func (t *Target) dieWithGobind() {
	_, _, _ = control.Receive(t.control)
	t.Kill()
}

// Kill kills the target.
func (t *Target) Kill() { _ = unix.PidfdSendSignal(t.Pidfd, unix.SIGKILL, nil, 0) }

// Wait waits until the target has ended and gobind was told.
func (t *Target) Wait() { <-t.ended }
