//go:build kernels

package kernels

import (
	"fmt"
	"strings"
	"testing"
)

var (
	modes   = []string{"auto", "inplace", "parent"}
	targets = []string{"direct", "forked", "daemon"}
)

// checkLaunch: in each mode of Yama, each launch mode works or says why not.
func checkLaunch(t *testing.T, got map[string]string) {
	t.Helper()
	for _, mode := range modes {
		for _, target := range targets {
			want := covered
			compare(t, got, "yama 0 "+mode+" "+target, want)
			if mode == "inplace" {
				want = "exit status 125: gobind: kernel.yama.ptrace_scope is 1: launch mode inplace cannot work"
			}
			compare(t, got, "yama 1 "+mode+" "+target, want)
		}
		for _, scope := range []string{"2", "3"} {
			compare(t, got, "yama "+scope+" "+mode+" direct", "exit status 125: gobind: kernel.yama.ptrace_scope is "+scope+": launch mode ")
		}
	}
}

// checkKinds: binds of the other system call tables are covered too, and of SCTP, where
// the kernel has it.
func checkKinds(t *testing.T, m machine, sctp bool, got map[string]string) {
	t.Helper()
	t.Log("other tables that the kernel has: " + got["other tables"])
	for _, scope := range []string{"0", "1"} {
		for _, table := range m.tables {
			compare(t, got, "yama "+scope+" auto "+table, covered)
		}
		if sctp {
			compare(t, got, "yama "+scope+" auto sctp", covered)
		} else {
			t.Log("no SCTP in the kernel's package")
		}
	}
}

// checkTooOld: no launch mode starts anything, and each says what is missing.
func checkTooOld(t *testing.T, got map[string]string) {
	t.Helper()
	for _, scope := range []string{"0", "1"} {
		for _, mode := range modes {
			if scope == "1" && mode == "inplace" {
				continue
			}
			compare(t, got, "yama "+scope+" "+mode+" direct", "exit status 125: gobind: the kernel lacks what gobind needs: ")
		}
	}
}

// tooOld reports whether doctor sees no socket tell its network namespace, which came last
// of what gobind needs.
func tooOld(said string) bool { return !strings.Contains(said, "the kernel has SO_NETNS_COOKIE") }

// A version is the first two numbers of a kernel's.
type version struct{ major, minor int }

func (v version) before(major, minor int) bool {
	return v.major < major || v.major == major && v.minor < minor
}

func versionOf(t *testing.T, release string) version {
	t.Helper()
	var v version
	if _, err := fmt.Sscanf(release, "%d.%d", &v.major, &v.minor); err != nil {
		t.Fatalf("kernel %q: %v", release, err)
	}
	return v
}

// checkFeatures: gobindctl doctor sees what the kernel's version promises. A distribution
// may have put more into an older one.
func checkFeatures(t *testing.T, v version, said string) {
	t.Helper()
	for _, f := range []struct {
		name         string
		major, minor int
	}{
		{"seccomp user notification", 5, 0},
		{"pidfd_getfd", 5, 6},
		{"SO_NETNS_COOKIE", 5, 14},
		{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 5, 19},
		{"PIDFD_THREAD", 6, 9},
	} {
		has := strings.Contains(said, "the kernel has "+f.name)
		t.Logf("%s (Linux %d.%d): %v", f.name, f.major, f.minor, has)
		if !has && !v.before(f.major, f.minor) {
			t.Errorf("doctor, under %v: %s", v, said)
		}
	}
}
