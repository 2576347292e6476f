package main

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/internal/refusal"
	"gobind/internal/supervisor"
)

// All that the supervisor tells a user is in this file and in package refusal. One line
// begins with "gobind: ", a second with "gobind: hint: " where the cure is known; lower
// case, no full stop. Names that are not ours are quoted if they need it.

func paths() refusal.Paths {
	return refusal.Paths{ConfDir: supervisor.ConfDir, AuthbindDir: supervisor.AuthbindDir, Helper: supervisor.HelperPath}
}

// tui writes diagnostics to standard error, once for each address and port,
// while the first process of the target lives. Under authbind's name it is
// silent, as authbind is.
type tui struct {
	quiet bool
	told  map[string]bool
}

// maxTold bounds how many different things are told.
const maxTold = 256

func newTUI(opts options) *tui {
	return &tui{quiet: opts.quiet || opts.authbind, told: map[string]bool{}}
}

// silence lets go of standard error, so that whoever reads the target's does not
// wait for us.
func (t *tui) silence() {
	t.quiet = true
	if null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
		_ = unix.Dup3(null, 2, 0)
		_ = unix.Close(null)
	}
}

// Refused implements [supervisor.Reporter].
func (t *tui) Refused(r supervisor.Refusal) {
	line, cure := paths().Refused(r)
	t.tell(r.Where(), line, cure)
}

// Trouble implements [supervisor.Reporter].
func (t *tui) Trouble(r supervisor.Trouble) {
	switch r.Kind {
	case supervisor.NoHelper:
		why, cure := paths().NoHelper(r.Status, r.Err)
		t.tell("helper", fmt.Sprintf("cannot bind %s: %s", r.Addr, why), cure)
	case supervisor.OpaqueTarget:
		t.tell("opaque", fmt.Sprintf("process %d cannot be looked into, and binds without gobind: %v", r.PID, refusal.Errno(r.Err)),
			"its program file must be readable, and it must not give itself other ids")
	case supervisor.ForeignIdentity:
		t.tell("foreign "+strconv.Itoa(int(r.UID)), fmt.Sprintf("cannot bind %s: the program became user %s", r.Addr, refusal.UserName(r.UID)),
			"start gobind as that user, or as root")
	}
}

// fail reports that the supervisor itself cannot go on.
func (t *tui) fail(err error) { t.tell("fail", fmt.Sprintf("the supervisor ends: %v", err), "") }

// tell writes the lines, once for each subject. It does not wait where nobody
// reads: what does not fit into a pipe is left out.
func (t *tui) tell(subject, line, cure string) {
	if t.quiet || t.told[subject] || len(t.told) >= maxTold {
		return
	}
	t.told[subject] = true
	text := "gobind: " + line + "\n"
	if cure != "" {
		text += "gobind: hint: " + cure + "\n"
	}
	fds := []unix.PollFd{{Fd: 2, Events: unix.POLLOUT}}
	if n, err := unix.Poll(fds, 0); err == nil && n == 1 && fds[0].Revents&unix.POLLOUT != 0 {
		_, _ = unix.Write(2, []byte(text))
	}
}
