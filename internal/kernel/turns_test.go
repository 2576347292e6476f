package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// Of two that reload, the one that began later reads policy when the other is done: a
// withdrawal that a reload has brought is not undone by one that had read before.
func TestReloadsTakeTurns(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile())
	alice := r.prober(testenv.Alice)
	policyNow := aliceHas80(r)
	withdrawn, done := make(chan struct{}), make(chan error)
	err := Change(r.place.Pins, func(install func(Scope, *Compiled) error) error {
		read := policyNow
		go func() {
			policyNow = r.compile() // who withdraws, and reloads
			close(withdrawn)
			done <- Change(r.place.Pins, func(install func(Scope, *Compiled) error) error {
				if got := alice.bind(t, port80); got != 0 {
					t.Errorf("the reload that began first is not done: %v", got)
				}
				return install(r.scope, policyNow)
			})
		}()
		<-withdrawn
		return install(r.scope, read)
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if got := alice.bind(t, port80); got != unix.EACCES {
		t.Errorf("what was withdrawn: %v", got)
	}
}

// Who waited for a backend that was disabled meanwhile has the lock of the one that
// took its place.
func TestLockOfAnother(t *testing.T) {
	testenv.RequireRoot(t)
	dir := filepath.Join(t.TempDir(), "pins")
	other := dir + ".other"
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(other, 0o700)); err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	locked := make(chan error)
	var unlockOther func()
	go func() {
		var err error
		unlockOther, err = lock(dir)
		locked <- err
	}()
	until(t, "it waits", func() bool {
		locks, err := os.ReadFile("/proc/locks")
		return err == nil && strings.Contains(string(locks), fmt.Sprintf("-> FLOCK  ADVISORY  WRITE %d ", os.Getpid()))
	})
	err = errors.Join(unix.Renameat2(unix.AT_FDCWD, other, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE), os.Remove(other))
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := <-locked; err != nil {
		t.Fatal(err)
	}
	defer unlockOther()
	d, err := openPins(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // a directory
	if err := flock(d, unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Errorf("the lock is free: %v", err)
	}
}
