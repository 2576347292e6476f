package supervisor

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// Reaper reaps the children of this process: its helpers and, in launch mode
// parent, the target and all orphans below it.
type Reaper struct{ signals chan os.Signal }

// NewReaper makes a reaper before the first child is started, so that no end is
// missed.
func NewReaper() *Reaper {
	r := &Reaper{make(chan os.Signal, 1)}
	signal.Notify(r.signals, unix.SIGCHLD)
	return r
}

// Start begins to reap. It calls changed, from one goroutine, for each child that
// ended or was stopped, before it is reaped: with an error it stays as it is, and
// nothing is reaped any more. Until then a child that ended keeps its pid. unseen is
// called when children cannot be seen, ECHILD if there is none.
func (r *Reaper) Start(changed func(sys.Changed) error, unseen func(error)) {
	go func() {
		for {
			c, err := sys.PeekChild()
			switch {
			case err != nil:
				unseen(err)
				<-r.signals
			case c.PID == 0:
				<-r.signals // signals may have been merged
			case changed(c) != nil:
				return
			default:
				if err := c.Take(); err != nil {
					unseen(err)
				}
			}
		}
	}()
}

// IgnoreSignals makes this process outlive what ends a target: whoever signals a
// whole process group or control group means the target, with which the
// supervisor ends by itself.
func IgnoreSignals() {
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGPIPE,
		unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU)
}
