package failure

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// A FIFO, a directory and a file system that answers nothing, where policy should
// be, stop no bind for ever, and permit nothing.
func TestPolicyIsStuck(t *testing.T) {
	program := binder(t)
	for name, stick := range map[string]func(t *testing.T) (release func() error){
		"FIFO": func(t *testing.T) func() error {
			fifo := filepath.Join(kit.Byport, "82")
			must(t, os.Remove(byUID), unix.Mkfifo(byUID, 0o644), unix.Mkfifo(fifo, 0o644))
			return func() error { return os.Remove(fifo) }
		},
		"directory": func(t *testing.T) func() error {
			must(t, os.Remove(byUID), os.Mkdir(byUID, 0o755))
			return func() error { return nil }
		},
		"FUSE": stall,
	} {
		if name == "FUSE" && !kit.Failures.Full() {
			continue // each refusal takes as long as the supervisor is patient
		}
		t.Run(name, func(t *testing.T) {
			grantAll(t)
			p := startPlainly(t, kit.Under(t, testenv.Alice, kit.LaunchModes()[0], program))
			release := stick(t)
			begin := time.Now()
			p.bind(t, 82, false)
			p.bind(t, 81, false)
			t.Logf("two refusals took %v", time.Since(begin))
			must(t, release())
			p.bind(t, 80, true)
			if p.bound != 1 {
				t.Errorf("%d are bound, want port 80; %s", p.bound, kit.Contents(p.stderr))
			}
			p.end(t)
		})
	}
}

// stall mounts a FUSE file system that nobody serves in place of the byuid files:
// whoever looks a name up there waits until it is released.
func stall(t *testing.T) func() error {
	t.Helper()
	node := filepath.Join(t.TempDir(), "fuse")
	must(t, unix.Mknod(node, unix.S_IFCHR|0o600, int(unix.Mkdev(10, 229))))
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	must(t, err)
	dir := filepath.Dir(byUID)
	must(t, unix.Mount("stall", dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", fd)))
	return func() error { return errors.Join(unix.Close(fd), unix.Unmount(dir, unix.MNT_DETACH)) }
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
