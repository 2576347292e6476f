package broker

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
	"gobind/policy"
)

// errKept means that some thread still has more than it should.
var errKept = errors.New("privilege was not shed")

// minQueue is how many signals the caller must be allowed to have queued: one for
// each thread of the runtime, and some.
const minQueue = 64

// errUnmapped means that the caller has no id in this user namespace.
var errUnmapped = errors.New("the caller's ids have no mapping")

// shed makes every thread of this process the caller, and reads back that each has
// exactly CAP_NET_BIND_SERVICE and no way to gain more: all but the ids was done at
// the entry point, before there were threads. The groups are the caller's already.
// Only a helper that was never root (a file capability) may not empty its bounding
// set: there no_new_privs has to do.
func shed(who policy.Subject) error {
	bounding := unix.Geteuid() != 0
	if err := become(int(who.UID), int(who.GID)); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil { // setresuid reset it
		return err
	}
	return isShed(who, bounding)
}

// become takes ids on every thread: real, effective and saved. The runtime carries
// the call to its threads by queued signals, and waits for them without end: where
// the caller may have none queued it is not begun, and RLIMIT_CPU ends what spins.
func become(uid, gid int) error {
	var queue unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_SIGPENDING, &queue); err != nil || queue.Cur < minQueue {
		return fmt.Errorf("signal queue of %d: %w", queue.Cur, errors.Join(errKept, err))
	}
	err := syscall.Setresgid(gid, gid, gid)
	if err == nil {
		err = syscall.Setresuid(uid, uid, uid)
	}
	if errors.Is(err, unix.EINVAL) {
		return errUnmapped
	}
	return err
}

// isShed reads back from /proc what every thread of this process has; bounding
// says that it may have a bounding set.
func isShed(who policy.Subject, bounding bool) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil || len(threads) == 0 {
		return fmt.Errorf("read back: %w", errors.Join(errKept, err))
	}
	for _, thread := range threads {
		status, err := sys.ReadFile("/proc/self/task/" + thread.Name() + "/status")
		if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) {
			continue // it ended
		}
		if err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		if !threadIsShed(status, who, bounding) {
			return errKept
		}
	}
	return nil
}

// threadIsShed judges the status of one thread.
func threadIsShed(status []byte, who policy.Subject, bounding bool) bool {
	four := func(id uint32) string { return strings.Repeat(fmt.Sprintf("\t%d", id), 4) + "\n" }
	text := string(status)
	return strings.Contains(text, "\nUid:"+four(who.UID)) &&
		strings.Contains(text, "\nGid:"+four(who.GID)) &&
		strings.Contains(text, "\nGroups:\t"+strings.Trim(fmt.Sprint(who.Groups), "[]")+" \n") && // proc(5): a blank after the last
		fieldOf(status, "CapPrm:", 16) == netBind &&
		fieldOf(status, "CapEff:", 16) == netBind &&
		(bounding || strings.Contains(text, "\nCapBnd:\t0000000000000000\n")) &&
		strings.Contains(text, "\nCapAmb:\t0000000000000000\n") &&
		fieldOf(status, "NoNewPrivs:", 10) == 1
}
