package supervisor

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
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

// Start begins to reap. It calls changed, from one goroutine, for each child
// that ended or was stopped. Until then a child that ended keeps its pid.
func (r *Reaper) Start(changed func(pid int, status unix.WaitStatus)) {
	go func() {
		for {
			reapAll(changed)
			<-r.signals
		}
	}()
}

// reapAll collects all that changed; signals may have been merged.
func reapAll(changed func(pid int, status unix.WaitStatus)) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG|unix.WUNTRACED, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid == 0 {
			return
		}
		changed(pid, status)
	}
}

// IgnoreSignals makes this process outlive what ends a target: whoever signals a
// whole process group or control group means the target, with which the
// supervisor ends by itself.
func IgnoreSignals() {
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGPIPE,
		unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU)
}
