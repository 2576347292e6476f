package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Skip skips the test for the given reason. Under CI=true it fails instead:
// what CI never runs is not tested.
func Skip(tb testing.TB, reason string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("would be skipped, and a skip fails under CI=true: %s", reason)
	}
	tb.Skip(reason)
}

// RequireRoot skips the test unless it runs as root in a world made by [Main].
func RequireRoot(tb testing.TB) {
	tb.Helper()
	if os.Getuid() != 0 || Dir() == "" {
		Skip(tb, "needs root, and a TestMain that calls testenv.Main")
	}
}

// Require skips the test unless the named program is on PATH, and returns its
// path. The Makefile's test-deps target installs what tests require.
func Require(tb testing.TB, program string) string {
	tb.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Skip(tb, program+" is not installed: run make test-deps")
	}
	return path
}

// Prefix is where [Install] put gobind.
type Prefix string

// Paths of the installed programs.
func (p Prefix) Gobind() string    { return filepath.Join(string(p), "bin/gobind") }
func (p Prefix) Authbind() string  { return filepath.Join(string(p), "libexec/gobind/authbind") }
func (p Prefix) Gobindctl() string { return filepath.Join(string(p), "sbin/gobindctl") }
func (p Prefix) Helper() string    { return filepath.Join(string(p), "libexec/gobind/gobind-helper") }
func (p Prefix) Supervisor() string {
	return filepath.Join(string(p), "libexec/gobind/gobind-supervisor")
}

// installs are the ways of make install, each done once.
var installs = map[string]func() (Prefix, error){
	"setuid":  sync.OnceValues(func() (Prefix, error) { return install("setuid") }),
	"filecap": sync.OnceValues(func() (Prefix, error) { return install("filecap") }),
}

func install(mode string) (Prefix, error) {
	prefix := filepath.Join(Dir(), mode)
	cmd := exec.Command("make", "-s", "-C", Repo(), "install", "HELPER_MODE="+mode,
		"PREFIX="+prefix, "BUILD="+filepath.Join(Dir(), "build", mode))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", &installError{err, out}
	}
	return Prefix(prefix), nil
}

// Install builds and installs gobind into the world, once for each test binary,
// with a setuid helper that ordinary users may run. The policy directories are
// /etc/gobind (made, empty) and /etc/authbind (not made).
func Install(tb testing.TB) Prefix { return InstallMode(tb, "setuid") }

// InstallMode is Install with another HELPER_MODE of make install.
func InstallMode(tb testing.TB, mode string) Prefix {
	tb.Helper()
	RequireRoot(tb)
	prefix, err := installs[mode]()
	if err != nil {
		tb.Fatal(err)
	}
	return prefix
}

type installError struct {
	err error
	out []byte
}

func (e *installError) Error() string { return "make install: " + e.err.Error() + "\n" + string(e.out) }
