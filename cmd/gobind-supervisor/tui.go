package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/internal/supervisor"
)

// All that the supervisor tells a user is in this file, tui_refusal.go and
// tui_helper.go. One line begins with "gobind: ", a second with "gobind: hint: " where
// the cure is known; lower case, no full stop. Names that are not ours are quoted if they need it.

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
	who := userName(r.UID)
	where := r.Addr.String()
	if r.Protocol != "" {
		where = r.Protocol + " " + where
	}
	t.tell(where, fmt.Sprintf("user %s may not bind %s: %s", who, where, reason(r)), hint(r, who))
}

// Trouble implements [supervisor.Reporter].
func (t *tui) Trouble(r supervisor.Trouble) {
	switch r.Kind {
	case supervisor.NoHelper:
		why, cure := helperTrouble(r)
		t.tell("helper", fmt.Sprintf("cannot bind %s: %s", r.Addr, why), cure)
	case supervisor.OpaqueTarget:
		t.tell("opaque", fmt.Sprintf("process %d cannot be looked into, and binds without gobind: %v", r.PID, errno(r.Err)),
			"its program file must be readable, and it must not give itself other ids")
	case supervisor.ForeignIdentity:
		t.tell("foreign "+strconv.Itoa(int(r.UID)), fmt.Sprintf("cannot bind %s: the program became user %s", r.Addr, userName(r.UID)),
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

// userName is the user's name by /etc/passwd, or the number. For one who is not
// there os/user would take the name from the environment, which is the user's word.
func userName(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	_ = os.Unsetenv("USER") // the target has its own
	if u, err := user.LookupId(number); err == nil {
		return quote(u.Username)
	}
	return number
}

// quote quotes a text that a terminal or a shell might take for more.
func quote(text string) string {
	for _, r := range text {
		if r <= ' ' || r > '~' || r == '\'' || r == '"' || r == '\\' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}

// errno is the system call's error without its name.
func errno(err error) error {
	var number unix.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}
