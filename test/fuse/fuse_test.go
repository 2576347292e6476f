package fuse

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// place is an empty directory of the world.
func place(t *testing.T) string {
	t.Helper()
	testenv.RequireRoot(t)
	dir, err := os.MkdirTemp(testenv.Dir(), "fuse-")
	if err := errors.Join(err, os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Files are what the test says that they are, and answers come when it wants them.
func TestServed(t *testing.T) {
	dir := place(t)
	fs := Mount(t, dir, map[string]File{"a": {Mode: 0o500, UID: testenv.Alice.UID, Text: "text"}, "b": {Mode: 0o644, Mapped: true}})
	if text, err := os.ReadFile(dir + "/a"); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	for u, want := range map[*testenv.User]bool{&testenv.Alice: true, &testenv.Bob: false} {
		if err := u.Command("test", "-x", dir+"/a").Run(); (err == nil) != want {
			t.Errorf("%s may execute it: %v, want %v", u.Name, err, want)
		}
	}
	if _, err := os.Stat(dir + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	asked := fs.Asked(Lookup, "a")
	hold := fs.Hold(Lookup, "a")
	found := make(chan error, 1)
	go func() { found <- unix.Access(dir+"/a", unix.X_OK) }()
	hold.Wait(t)
	fs.Remove("a")
	select {
	case err := <-found:
		t.Errorf("nobody waits: %v", err)
	default:
	}
	hold.Release()
	if err := <-found; err != nil {
		t.Errorf("what was true when it was asked: %v", err)
	}
	if err := unix.Access(dir+"/a", unix.X_OK); err != unix.ENOENT {
		t.Errorf("what is true then: %v", err)
	}
	if got := fs.Asked(Lookup, "a") - asked; got < 2 {
		t.Errorf("asked %d times", got)
	}
}

// Who waits when the test ends is let go.
func TestReleased(t *testing.T) {
	dir := place(t)
	ended := make(chan error, 1)
	t.Run("held", func(t *testing.T) {
		fs := Mount(t, dir, map[string]File{"a": {Mode: 0o644}})
		hold := fs.Hold(Lookup, "a")
		go func() { ended <- unix.Access(dir+"/a", unix.F_OK) }()
		hold.Wait(t)
	})
	if err := <-ended; err != unix.ECONNABORTED && err != unix.ENOTCONN {
		t.Error(err)
	}
}
