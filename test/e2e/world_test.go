package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// byport is the directory of the policy files that are named after a port.
const byport = "/etc/gobind/byport"

// grant lets owner bind what name, a port, stands for, until the test ends.
func grant(t *testing.T, name string, owner testenv.User) {
	t.Helper()
	testenv.Install(t) // it makes the directory
	file := filepath.Join(byport, name)
	if err := os.WriteFile(file, nil, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
	if err := os.Chown(file, int(owner.UID), int(owner.GID)); err != nil {
		t.Fatal(err)
	}
}

// allow makes a policy file of root's with a text, until the test ends.
func allow(t *testing.T, name, text string) {
	t.Helper()
	testenv.Install(t) // it makes the directory
	file := filepath.Join("/etc/gobind", name)
	write(t, file, text)
	t.Cleanup(func() { _ = os.Remove(file) })
}

// under is the command of u that starts a program under gobind in a launch mode.
func under(t *testing.T, u testenv.User, mode string, argv ...string) *exec.Cmd {
	t.Helper()
	return u.Command(testenv.Install(t).Gobind(), append([]string{"--launch=" + mode, "--"}, argv...)...)
}

// native is the command of u that starts the same program without gobind.
func native(u testenv.User, argv ...string) *exec.Cmd {
	return u.Command("/usr/bin/env", argv...) // which searches u's PATH, not ours
}

// launchModes are those of gobind's launch modes that this kernel allows to an
// ordinary user: under Yama's ptrace_scope 1 there is no inplace.
func launchModes() []string {
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && strings.TrimSpace(string(scope)) != "0" {
		return []string{"parent"}
	}
	return []string{"inplace", "parent"}
}

// dirOf is an empty directory of the owner's, in the world, that all may enter.
func dirOf(t *testing.T, owner testenv.User) string {
	t.Helper()
	dir, err := os.MkdirTemp(owner.Home(), "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, int(owner.UID), int(owner.GID))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// command runs a command that must succeed.
func command(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// write writes a file of the world, which keeps its owner if it exists.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
