package failure

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// The roles of a play, and which of them live the same life in every launch mode.
var (
	perMode = []string{"gobind", "gobind's child", "gobind-supervisor", "gobind-supervisor's child"}
	roles   = append([]string{"gobind-helper"}, perMode...)
)

// Every system call that gobind, its supervisor and its helper make from start to
// end is made to fail, one in each play, or all from one on.
func TestSystemCallsFail(t *testing.T) {
	program := binder(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		grantAll(t)
		p := start(t, kit.Under(t, testenv.Alice, mode, program), nil, roles...)
		p.perform(t)
		if p.bound != 4 || p.asked != 7 {
			t.Fatalf("without a fault: %d of %d are bound, want 4 of 7; %s", p.bound, p.asked, kit.Contents(p.stderr))
		}
		for at := range p.counts {
			if callName(at.nr) == "" {
				t.Errorf("%s makes system call %d, which is not listed", at.role, at.nr)
			}
		}
		sum := map[string]int{}
		for _, f := range faults(mode, p.counts) {
			t.Run(f.String(), func(t *testing.T) {
				p := start(t, kit.Under(t, testenv.Alice, mode, program), &f, f.role)
				p.perform(t)
				sum[p.outcome()]++
			})
		}
		t.Log(sum)
	})
}

// outcome sums up a play.
func (p *play) outcome() string {
	switch {
	case p.done == 0:
		return "the call was not made this time"
	case p.unstarted:
		return "the program was not started"
	case p.lost > 0:
		return "bound, and told an error"
	case p.bound < 4:
		return "some binds failed"
	default:
		return "all as without a fault"
	}
}

// faults are those of one launch mode: all, or what tells most. The helper does not
// know the mode.
func faults(mode string, counts map[site]int) []fault {
	counts = maps.Clone(counts)
	if !kit.Failures.Full() {
		return slices.DeleteFunc(telling(), func(f fault) bool { return mode != kit.LaunchModes()[0] && f.role == "gobind-helper" })
	}
	if mode != kit.LaunchModes()[0] {
		maps.DeleteFunc(counts, func(at site, _ int) bool { return !slices.Contains(perMode, at.role) })
	}
	return append(plan(counts), telling()...)
}

// telling are faults where the most depends on what is done about them.
func telling() []fault {
	var all []fault
	add := func(role string, nr int, errno unix.Errno, turns ...int) {
		for _, n := range turns {
			all = append(all, fault{site: site{role, nr}, n: n, errno: errno})
		}
	}
	lied := func(role string, nr int, turns ...int) {
		for _, n := range turns {
			all = append(all, fault{site: site{role, nr}, n: n, deed: lie})
		}
	}
	const broker, boss = "gobind-helper", "gobind-supervisor"
	lied(broker, unix.SYS_SETRESUID, 1, 3) // only reading it back can tell
	lied(broker, unix.SYS_SETRESGID, 2)
	add(broker, unix.SYS_SETRESUID, unix.EAGAIN, 1)
	add(broker, unix.SYS_GETGROUPS, unix.EINVAL, 1, 2)
	add(broker, unix.SYS_SECCOMP, unix.ENOMEM, 1)
	add(broker, unix.SYS_OPENAT2, unix.EMFILE, 1, 3, 12)
	add(broker, unix.SYS_READ, unix.EIO, 8)
	add(broker, unix.SYS_GETSOCKOPT, unix.ENOMEM, 3, 5)
	add(broker, unix.SYS_BIND, unix.EINTR, 1)
	add(broker, unix.SYS_RECVMSG, unix.EINTR, 1, 2)
	add(broker, unix.SYS_SENDMSG, unix.ENOMEM, 1, 2, 3)
	add(boss, unix.SYS_IOCTL, unix.EIO, 2, 3, 4, 5)
	add(boss, unix.SYS_SENDMSG, unix.EINTR, 1)
	add(boss, unix.SYS_RECVMSG, unix.ENOMEM, 2, 3)
	add(boss, unix.SYS_PIDFD_GETFD, unix.EMFILE, 1)
	add(boss, unix.SYS_PROCESS_VM_READV, unix.EPERM, 1)
	add(boss, unix.SYS_SOCKETPAIR, unix.EMFILE, 1)
	add(boss, unix.SYS_OPENAT, unix.EMFILE, 8)
	add("gobind", unix.SYS_SECCOMP, unix.ENOMEM, 1)
	add("gobind-supervisor's child", unix.SYS_EXECVE, unix.ENOMEM, 1)
	all = append(all, fault{site: site{boss, unix.SYS_IOCTL}, n: 2, ever: true, errno: unix.EIO},
		fault{site: site{boss, unix.SYS_SENDMSG}, n: 1, deed: killFirst}, // launch mode parent: the target was just started
		fault{site: site{boss, unix.SYS_SENDMSG}, n: 1, ever: true, errno: unix.ENOMEM},
		fault{site: site{broker, fstatat}, n: 1, ever: true, errno: unix.EIO}) // is the byuid file another?
	return all
}

// A target that root has made another user is judged as that user, whatever fails
// on the way to a helper of its ids.
func TestSystemCallsFailForAnotherUser(t *testing.T) {
	program := binder(t)
	grantAll(t)
	command := func() []string { return []string{program, "61001"} }
	p := start(t, kit.Under(t, testenv.Root, "inplace", command()...), nil, roles...)
	p.perform(t)
	if p.bound != 4 {
		t.Fatalf("without a fault: %d are bound; %s", p.bound, kit.Contents(p.stderr))
	}
	sum := map[string]int{}
	for _, f := range plan(p.counts) {
		if f.role != "gobind-supervisor's child" || !kit.Failures.Full() && (!strings.HasPrefix(callName(f.nr), "set") || f.ever) {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			p := start(t, kit.Under(t, testenv.Root, "inplace", command()...), &f, f.role)
			p.perform(t)
			sum[p.outcome()]++
		})
	}
	t.Log(sum)
}
