package supervisor

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// Mode is the launch mode.
type Mode string

// The launch modes: who is whose parent.
const (
	InPlace Mode = "inplace" // the target is nobody's child here
	Parent  Mode = "parent"  // the target is a child of the supervisor
)

// claim is the mode's number in a request.
func (m Mode) claim() uint8 {
	if m == Parent {
		return 2
	}
	return 1
}

// headStart is what the target gets before the helper is started: short commands
// never pay for it, and all others find it warm.
const headStart = 10 * time.Millisecond

// greeting is what the helper gets then to say hello, before somebody looks for that.
const greeting = 30 * time.Millisecond

// Supervisor answers the notifications of one listener. Make it with [New].
type Supervisor struct {
	Authbind bool // judge and refuse as authbind does
	Mode     Mode

	listener    *seccomp.Listener
	report      Reporter
	helpers     helpers
	thread      thread
	recent      recent
	portStart   portStart
	netns       uint64
	pidfdThread bool
	failures    int  // to receive a notification, in a row
	started     bool // the helper was, for the first bind
}

// New makes a supervisor. All that can fail is done here, before there is a
// target.
func New(report Reporter) (*Supervisor, error) {
	if err := sys.CheckProc(); err != nil {
		return nil, err
	}
	self, err := own()
	if err != nil {
		return nil, err
	}
	netns, err := sys.OwnNetnsCookie()
	if err != nil {
		netns = 0 // no socket has it: all are the kernel's
	}
	start, err := unix.Open(portStartFile, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		start = -1 // its default is assumed
	}
	return &Supervisor{
		report:      report,
		helpers:     newHelpers(self),
		thread:      newThread(self),
		portStart:   portStart{fd: start},
		netns:       netns,
		pidfdThread: sys.HasPidfdThread(),
	}, nil
}

// Run owns the listener's descriptor and serves it until no covered task is
// left. When the process that target stands for (a pidfd) has ended, it calls
// targetEnded, once. After an error binds of the target fail with ENOSYS. It unlocks
// the calling goroutine from its thread, unless this process is root's.
func (s *Supervisor) Run(listener, target int, targetEnded func()) error {
	s.listener = seccomp.NewListener(listener)
	defer s.listener.Close() //nolint:errcheck // there is nothing more to be done with it
	defer s.thread.close()
	fds := []unix.PollFd{
		{Fd: int32(s.listener.FD()), Events: unix.POLLIN},
		{Fd: int32(target), Events: unix.POLLIN},
	}
	timeout := int(headStart.Milliseconds())
	awake := runtime.Gosched
	if s.helpers.self.isRoot() {
		timeout = -1      // root's binds are the kernel's
		awake = func() {} // on a locked thread it would wait for another
	} else {
		runtime.UnlockOSThread()
	}
	for {
		n, err := unix.Poll(fds, timeout)
		awake() // a new turn: the runtime's monitor takes the time that poll(2) slept for work, and interrupts it
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("poll: %w", err)
		case n == 0:
			timeout = s.prepare()
			continue
		}
		if fds[1].Revents != 0 {
			fds[1].Fd = -1
			targetEnded()
		}
		switch {
		case fds[0].Revents&unix.POLLIN != 0:
			if err := s.serve(); err != nil {
				return err
			}
		case fds[0].Revents&unix.POLLNVAL != 0:
			return fmt.Errorf("poll: descriptor %d: %w", listener, unix.EBADF)
		case fds[0].Revents != 0:
			return nil // POLLHUP: no covered task is left
		}
	}
}

// prepare does what the first bind would have to wait for, a part at a time, and returns
// how many milliseconds to wait before the next, -1 without end. No error of it matters:
// it shows again when it does.
func (s *Supervisor) prepare() int {
	if s.started {
		s.helpers.greet(s.helpers.self)
		return -1
	}
	s.started = true
	_, _ = s.helpers.client(s.helpers.self)
	s.rehearse()
	return int(greeting.Milliseconds())
}

// maxFailures bounds how often in a row the kernel may fail to hand over a
// notification.
const maxFailures = 16

// serve receives a notification and answers it. It returns an error where the
// target would wait for ever: with the listener closed its bind fails.
func (s *Supervisor) serve() error {
	notification, err := s.listener.Receive()
	switch {
	case err == nil:
		s.failures = 0
		return s.handle(notification)
	case errors.Is(err, unix.ENOENT): // the target is gone
		return nil
	}
	if s.failures++; s.failures < maxFailures {
		return nil // poll(2) reports it again
	}
	return err
}

// isRoot reports whether the subject is root.
func (id identity) isRoot() bool { return id.ruid == 0 }
