package sys

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLookPath(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"run": 0o755, "data": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "directory"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, want string
		err              error
	}{
		{"run", "/nonexistent:" + dir, dir + "/run", nil},
		{dir + "/run", "", dir + "/run", nil},
		{"data", dir, "", unix.EACCES},
		{"data", dir + ":/nonexistent", "", unix.EACCES},
		{"directory", dir, "", unix.EACCES},
		{"missing", dir, "", unix.ENOENT},
		{"", dir, "", unix.ENOENT},
		{"run", "", "", unix.ENOENT}, // the working directory
		{"exec.go", "", "", unix.EACCES},
		{"./run", dir, "", unix.ENOENT},
		{dir + "/run/x", "", "", unix.ENOTDIR},
	} {
		got, err := LookPath(c.name, c.path)
		if !errors.Is(err, c.err) || c.err == nil && (err != nil || got != c.want) {
			t.Errorf("%q in %q: %q, %v, want %q, %v", c.name, c.path, got, err, c.want, c.err)
		}
	}
}

// A child gets the descriptors that were given, in their places, and no other.
func TestChildFiles(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() //nolint:errcheck // read by its name
	null, err := DevNull()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null) //nolint:errcheck // /dev/null
	fd := int(out.Fd())
	child := Child{
		Image: Image{Path: "/bin/sh", Argv: []string{"sh", "-c", `cd /proc/$$/fd; for f in *; do readlink $f; done; pwd -P >&2; exit 3`}},
		Files: []int{null, fd, fd, null}, Root: true,
	}
	pid, err := child.Start()
	if err != nil {
		t.Fatal(err)
	}
	status, err := Wait4(pid, 0)
	if err != nil || status.ExitStatus() != 3 {
		t.Errorf("status %v, %v", status, err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	want := "/dev/null\n" + out.Name() + "\n" + out.Name() + "\n/dev/null\n"
	if got := string(text); len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("descriptors:\n%swant:\n%s", got, want)
	}
}

// A program that cannot be executed is an error, and leaves no child.
func TestChildFails(t *testing.T) {
	for _, detach := range []bool{false, true} {
		child := Child{Image: Image{Path: "/nonexistent", Argv: []string{"x"}}, Detach: detach}
		if pid, err := child.Start(); !errors.Is(err, unix.ENOENT) {
			t.Errorf("detach %v: %d, %v", detach, pid, err)
		}
		if _, err := Wait4(-1, unix.WNOHANG); !errors.Is(err, unix.ECHILD) {
			t.Errorf("detach %v: a child is left: %v", detach, err)
		}
	}
	for _, image := range []Image{{Path: "/bin/true"}, {Path: "/bin/true", Argv: []string{"a\x00b"}}} {
		if _, err := (Child{Image: image}).Start(); err == nil {
			t.Errorf("%q: no error", image.Argv)
		}
	}
}
