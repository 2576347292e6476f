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
	"gobind/test/fuse"
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

// Policy that is stuck for a while, where a file is looked up or where it is read,
// stops no other user and no other program, and counts as it is when it comes.
func TestPolicyIsStuckForAWhile(t *testing.T) {
	program := binder(t)
	grantAll(t)
	kit.Grant(t, "83", testenv.Bob)
	permit := fuse.File{Mode: 0o600, Text: "127.0.0.1,81\n"}
	name := filepath.Base(byUID)
	fs := fuse.Mount(t, filepath.Dir(byUID), map[string]fuse.File{name: permit})
	kit.InModes(t, func(t *testing.T, mode string) {
		for what, c := range map[string]struct {
			op    fuse.Op
			then  fuse.File // what the file is when the answer comes
			bound int       // of two
		}{
			"looked up":            {fuse.Lookup, permit, 2},
			"looked up, withdrawn": {fuse.Lookup, fuse.File{Mode: 0o600}, 1},
			"read":                 {fuse.Read, permit, 2},
		} {
			fs.Set(name, permit)
			p := startPlainly(t, kit.Under(t, testenv.Alice, mode, program))
			p.bind(t, 81, true) // now its helper serves
			hold, began := fs.Hold(c.op, name), time.Now()
			p.request(81)
			hold.Wait(t)
			if others := kit.Binds(t, kit.GobindAs(t, testenv.Bob, mode), "83"); others.Out() != "83 bound\n" {
				t.Errorf("%s: Bob: %q, %q", what, others.Out(), others.Err())
			}
			fs.Set(name, c.then)
			took := time.Since(began) // the supervisor waits for ten seconds
			hold.Release()
			p.hear(t, 81, c.bound == 2)
			if p.bound != c.bound && took < 8*time.Second {
				t.Errorf("%s: after %v %d are bound, want %d; %s", what, took, p.bound, c.bound, kit.Contents(p.stderr))
			}
			p.end(t)
		}
	})
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
