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

// errUnmapped means that the caller has no id in this user namespace.
var errUnmapped = errors.New("the caller's ids have no mapping")

// shed makes every thread of this process the caller, with exactly
// CAP_NET_BIND_SERVICE, no way to gain more, and reads it back. The groups are
// the caller's already. The bounding set was emptied at the entry point, but for
// a helper that had no more than the one capability from the start (a file
// capability): it may not, and no_new_privs has to do.
func shed(who policy.Subject) error {
	had, err := sys.Capget()
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return sys.AllThreadsPrctl(unix.PR_SET_KEEPCAPS, 1) },
		func() error { return become(int(who.UID), int(who.GID)) },
		func() error { return sys.AllThreadsCapset(netBind) },
		func() error { return sys.AllThreadsPrctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL) },
		func() error { return sys.AllThreadsPrctl(unix.PR_SET_NO_NEW_PRIVS, 1) },
		func() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }, // setresuid reset it
		func() error { return isShed(who, had == netBind) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("shed privilege, step %d: %w", i+1, err)
		}
	}
	return nil
}

// become takes ids on every thread: real, effective, saved and for files.
func become(uid, gid int) error {
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
		status, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/status")
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
		fieldOf(status, "CapPrm:", 16) == netBind &&
		fieldOf(status, "CapEff:", 16) == netBind &&
		(bounding || strings.Contains(text, "\nCapBnd:\t0000000000000000\n")) &&
		strings.Contains(text, "\nCapAmb:\t0000000000000000\n") &&
		fieldOf(status, "NoNewPrivs:", 10) == 1
}
