package kit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gobind/internal/testenv"
)

// Process is a command that was started by [Start].
type Process struct {
	Cmd            *exec.Cmd
	stdout, stderr string // names of files
	done           chan struct{}
}

// Start starts cmd, with files for its output unless it has some already. When
// the test ends, it and all that was started after it are killed.
func Start(t *testing.T, cmd *exec.Cmd) *Process {
	t.Helper()
	dir := t.TempDir()
	p := &Process{
		Cmd: cmd, done: make(chan struct{}),
		stdout: filepath.Join(dir, "stdout"), stderr: filepath.Join(dir, "stderr"),
	}
	stdout, stderr := create(t, p.stdout), create(t, p.stderr)
	defer stdout.Close() //nolint:errcheck // the process has its own
	defer stderr.Close() //nolint:errcheck // likewise
	if cmd.Stdout == nil {
		cmd.Stdout = stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = stderr
	}
	before := Processes(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // ProcessState says what became of it
		close(p.done)
	}()
	t.Cleanup(func() {
		t.Helper()
		if t.Failed() {
			t.Logf("%v\nstdout: %s\nstderr: %s", cmd.Args, p.Out(), p.Err())
		}
		killAllBut(t, before)
		<-p.done
	})
	return p
}

// create makes a file that several processes may write to.
func create(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Run starts cmd and waits for its end.
func Run(t *testing.T, cmd *exec.Cmd) *Process {
	t.Helper()
	p := Start(t, cmd)
	p.Wait(t)
	return p
}

// Wait waits for the end of the process, and returns what became of it.
func (p *Process) Wait(t *testing.T) *os.ProcessState {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(Patience):
		t.Fatalf("%v does not end", p.Cmd.Args)
	}
	return p.Cmd.ProcessState
}

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Out is what the process and its children have written to stdout so far.
func (p *Process) Out() string { return Contents(p.stdout) }

// Err is the same of stderr.
func (p *Process) Err() string { return Contents(p.stderr) }

// Contents is the text of a file, or of the error.
func Contents(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Processes are the ids of all processes of the world.
func Processes(t *testing.T) map[int]bool {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	pids := map[int]bool{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids[pid] = true
		}
	}
	return pids
}

// killAllBut kills, in this world, the processes that are not in spare, and waits
// until they are gone. A process may fork meanwhile: so all are killed again and
// again.
func killAllBut(t *testing.T, spare map[int]bool) {
	t.Helper()
	testenv.RequireRoot(t) // and thereby a world
	Eventually(t, func() error {
		var left error
		for pid := range Processes(t) {
			if !spare[pid] {
				left = fmt.Errorf("process %d survives SIGKILL", pid)
				if p, err := os.FindProcess(pid); err == nil {
					_ = p.Kill()
				}
			}
		}
		return left
	})
}
