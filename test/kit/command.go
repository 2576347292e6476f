package kit

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// GobindAs is gobind in a launch mode, as a user.
func GobindAs(t *testing.T, u testenv.User, mode string) func(argv ...string) *exec.Cmd {
	t.Helper()
	return func(argv ...string) *exec.Cmd { return Under(t, u, mode, argv...) }
}

// RequireUnshare skips the test where this system lets no user make such
// namespaces (flags of unshare(1)).
func RequireUnshare(t *testing.T, flags string) {
	t.Helper()
	out, err := testenv.Alice.Command("/usr/bin/unshare", flags, "true").CombinedOutput()
	if err != nil {
		testenv.Skip(t, "no namespaces for users, by unshare "+flags+": "+string(out)+
			"(on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0)")
	}
}

// InModes runs the test in each launch mode that the kernel allows.
func InModes(t *testing.T, test func(t *testing.T, mode string)) {
	t.Helper()
	testenv.Install(t)
	for _, mode := range LaunchModes() {
		t.Run(mode, func(t *testing.T) { test(t, mode) })
	}
}

// Under is the command of u that starts a program under gobind in a launch mode.
func Under(t *testing.T, u testenv.User, mode string, argv ...string) *exec.Cmd {
	t.Helper()
	return u.Command(testenv.Install(t).Gobind(), append([]string{"--launch=" + mode, "--"}, argv...)...)
}

// Native is the command of u that starts the same program without gobind.
func Native(u testenv.User, argv ...string) *exec.Cmd {
	return u.Command("/usr/bin/env", argv...) // which searches u's PATH, not ours
}

// LaunchModes are those of gobind's launch modes that this kernel allows to an
// ordinary user: under Yama's ptrace_scope 1 there is no inplace.
func LaunchModes() []string {
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && strings.TrimSpace(string(scope)) != "0" {
		return []string{"parent"}
	}
	return []string{"inplace", "parent"}
}

// MustRun runs a command that must succeed.
func MustRun(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}
