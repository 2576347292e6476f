package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What gobind_entry recorded. The Go runtime drops SIG_IGN for all signals but
// HUP and INT, opens /dev/null on closed standard descriptors and raises the
// soft limit of open files, all before the first line of Go runs.
var (
	entryRan     uint64
	entryIgnored uint64
	entryBlocked uint64
	entryNofile  unix.Rlimit
	entryClosed  uint64
	entrySlack   uint64
)

// Inherited is the state that this process got from the program that started
// it, and that a program it starts must get from it unchanged.
type Inherited struct {
	Ignored uint64      // signals at SIG_IGN: bit sig-1
	Blocked uint64      // the signal mask: bit sig-1
	Nofile  unix.Rlimit // RLIMIT_NOFILE
	Closed  []int       // those of 0, 1 and 2 that were closed
	Slack   uint64      // how late timers may be, in nanoseconds (PR_SET_TIMERSLACK)
}

// Recorded returns the inherited state, and false in a program that was linked
// without -E gobind_entry.
func Recorded() (Inherited, bool) {
	in := Inherited{Ignored: entryIgnored, Blocked: entryBlocked, Nofile: entryNofile, Slack: entrySlack}
	for fd := range 3 {
		if entryClosed&(1<<fd) != 0 {
			in.Closed = append(in.Closed, fd)
		}
	}
	return in, entryRan != 0
}

// IsIgnored reports whether sig was ignored.
func (in Inherited) IsIgnored(sig syscall.Signal) bool { return in.Ignored&(1<<(sig-1)) != 0 }
