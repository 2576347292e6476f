package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// gobind under gobind is one gobind, in any combination of launch modes.
func TestNested(t *testing.T) {
	gobind := testenv.Install(t).Gobind()
	server := staticServer(t)
	kit.InModes(t, func(t *testing.T, outer string) {
		kit.InModes(t, func(t *testing.T, inner string) {
			kit.Grant(t, "80", testenv.Alice)
			p := kit.Start(t, kit.Under(t, testenv.Alice, outer, gobind, "--launch="+inner, "--", gobind, server))
			wantPage(t)
			kit.WantSilence(t, p)
		})
		p := kit.Run(t, kit.Under(t, testenv.Alice, outer, gobind, server))
		kit.WantDenied(t, p)
		kit.WantRefusal(t, p, "gbalice", "tcp [::]:80")
	})
}

// A daemon forks away, and gobind has ended with its first process, before the
// daemon binds anything. It binds by the policy of that later time.
func TestDaemonBindsLater(t *testing.T) {
	testenv.Install(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		dir := kit.DirOf(t, testenv.Alice)
		fifo, result := filepath.Join(dir, "fifo"), filepath.Join(dir, "result")
		if err := errors.Join(unix.Mkfifo(fifo, 0o666), os.Chmod(fifo, 0o666)); err != nil {
			t.Fatal(err)
		}
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, "python3", kit.Absolute("testdata/daemon.py"), fifo, result, "80", "81", "80"))
		if state := p.Cmd.ProcessState; !state.Success() {
			t.Fatal(state)
		}
		kit.Grant(t, "80", testenv.Alice)
		kit.Eventually(t, func() error { return openAndClose(fifo) })
		kit.Eventually(t, func() error {
			_, err := os.Stat(result)
			return err
		})
		if got, want := kit.Contents(result), "80 ok\n81 EACCES\n80 EADDRINUSE\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		kit.WantSilence(t, p)
	})
}

// openAndClose lets a reader of the FIFO see the end of it; an error if there is
// no reader yet.
func openAndClose(fifo string) error {
	f, err := os.OpenFile(fifo, os.O_WRONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return f.Close()
}
