package kit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gobind/internal/testenv"
)

// ClearPolicy removes all policy files.
func ClearPolicy(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", "rm -rf /etc/authbind /etc/gobind/by*/*").CombinedOutput(); err != nil {
		t.Error(err, string(out))
	}
}

// Byport is the directory of the policy files that are named after a port.
const Byport = "/etc/gobind/byport"

// Grant lets owner bind what name, a port, stands for, until the test ends.
func Grant(t *testing.T, name string, owner testenv.User) {
	t.Helper()
	testenv.Install(t) // it makes the directory
	file := filepath.Join(Byport, name)
	if err := os.WriteFile(file, nil, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
	if err := os.Chown(file, int(owner.UID), int(owner.GID)); err != nil {
		t.Fatal(err)
	}
}

// Allow makes a policy file of root's with a text, until the test ends.
func Allow(t *testing.T, name, text string) {
	t.Helper()
	testenv.Install(t) // it makes the directory
	file := filepath.Join("/etc/gobind", name)
	Write(t, file, text)
	t.Cleanup(func() { _ = os.Remove(file) })
}

// DirOf is an empty directory of the owner's, in the world, that all may enter.
func DirOf(t *testing.T, owner testenv.User) string {
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

// Write writes a file of the world, which keeps its owner if it exists.
func Write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
