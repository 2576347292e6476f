package failure

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// orphan is a shell under gobind in launch mode parent that does what it reads.
type orphan struct {
	*kit.Process
	gobind int
	in     *os.File
}

// startOrphan starts one, whose supervisor is dead when it returns.
func startOrphan(t *testing.T) *orphan {
	t.Helper()
	r, w := pipe(t)
	cmd := kit.Under(t, testenv.Alice, "parent", "sh", "-c", `echo ready; while read line; do eval "$line"; done`)
	cmd.Stdin = r
	o := &orphan{Process: kit.Start(t, cmd), in: w}
	o.gobind = o.Cmd.Process.Pid
	_ = r.Close()
	kit.WaitOut(t, o.Process, "ready\n")
	kit.Eventually(t, func() error { return knowsProgram(o.gobind) }) // it may be ready before gobind knows it
	kit.Kill(t, kit.TheSupervisor(t), unix.SIGKILL)
	kit.Eventually(t, func() error {
		if o.Err() != "gobind: the supervisor has died: the program goes on, and its binds of privileged ports fail\n" {
			return errors.New("stderr is " + o.Err())
		}
		return nil
	})
	return o
}

// knowsProgram is nil when the supervisor has told that gobind the program's pidfd.
func knowsProgram(gobind int) error {
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", gobind))
	for _, fd := range fds {
		if file, _ := os.Readlink(fd); file == "anon_inode:[pidfd]" || strings.HasPrefix(file, "pidfd:") {
			return nil
		}
	}
	return errors.Join(err, errors.New("gobind has no pidfd"))
}

// do has it do something.
func (o *orphan) do(t *testing.T, line string) {
	t.Helper()
	if _, err := o.in.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
}

// A program whose supervisor has died goes on, and gobind stands in for it still: for
// its status, its signals and its stops.
func TestProgramOutlivesSupervisor(t *testing.T) {
	before := kit.Processes(t)
	for do, want := range map[string]string{
		"exit 7":                                 "exit status 7",
		"kill -TERM $$":                          "signal: terminated",
		"kill -KILL $$":                          "signal: killed",
		"setsid sh -c 'sleep 0.01 & :' & exit 3": "exit status 3",
	} {
		o := startOrphan(t)
		o.do(t, do)
		if got := o.Wait(t).String(); got != want {
			t.Errorf("%s: %s, want %s", do, got, want)
		}
	}
	o := startOrphan(t)
	o.do(t, "kill -STOP $$; echo continued; trap 'echo usr1; exit 9' USR1; echo armed")
	kit.WaitState(t, o.gobind, "T")
	kit.Kill(t, o.gobind, unix.SIGCONT)
	kit.WaitOut(t, o.Process, "ready\ncontinued\narmed\n")
	kit.Kill(t, o.gobind, unix.SIGUSR1)
	if state := o.Wait(t); state.Sys().(syscall.WaitStatus).ExitStatus() != 9 || !strings.HasSuffix(o.Out(), "usr1\n") {
		t.Errorf("after SIGUSR1: %v, stdout %q", state, o.Out())
	}
	nothingIsLeft(t, before)
}

// gobind itself, which has inherited children and reaps orphans, waits for the program
// alone.
func TestOrphanIsNotMistaken(t *testing.T) {
	before := kit.Processes(t)
	cmd := kit.Under(t, testenv.Alice, "parent", "sh", "-c", "echo ready; read line; exit 5")
	gobind := append([]string{"-c", `sleep 0.01 & (sleep 0.02; exit 6) & exec "$@"`, "sh"}, cmd.Args...)
	gobind[3] = cmd.Path
	r, w := pipe(t)
	cmd = testenv.Alice.Command("sh", gobind...)
	cmd.Stdin = r
	p := kit.Start(t, cmd)
	_ = r.Close()
	kit.WaitOut(t, p, "ready\n")
	kit.Kill(t, kit.TheSupervisor(t), unix.SIGKILL)
	kit.Eventually(t, func() error {
		if p.Err() == "" {
			return errors.New("gobind has not seen it")
		}
		return nil
	})
	_ = w.Close()
	if state := p.Wait(t); state.ExitCode() != 5 {
		t.Errorf("%v, want 5; stderr %s", state, p.Err())
	}
	nothingIsLeft(t, before)
}
