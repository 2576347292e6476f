package main

import "golang.org/x/sys/unix"

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

// tell writes the lines, once for each subject. It does not wait where nobody
// reads: what does not fit into a pipe is left out.
func (t *tui) tell(subject, line, cure string) {
	if t.quiet || t.told[subject] || len(t.told) >= maxTold {
		return
	}
	t.told[subject] = true
	fds := []unix.PollFd{{Fd: 2, Events: unix.POLLOUT}}
	if n, err := unix.Poll(fds, 0); err == nil && n == 1 && fds[0].Revents&unix.POLLOUT != 0 {
		_, _ = unix.Write(2, []byte(lines(line, cure)))
	}
}
