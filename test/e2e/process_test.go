package e2e

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

// A process is a command that was started by start.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr string // names of files
	done           chan struct{}
}

// start starts cmd, with files for its output unless it has some already. When
// the test ends, it and all that was started after it are killed.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{
		cmd: cmd, done: make(chan struct{}),
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
	before := processes(t)
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
			t.Logf("%v\nstdout: %s\nstderr: %s", cmd.Args, p.out(), p.err())
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

// run starts cmd and waits for its end.
func run(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := start(t, cmd)
	p.wait(t)
	return p
}

// wait waits for the end of the process, and returns what became of it.
func (p *process) wait(t *testing.T) *os.ProcessState {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("%v does not end", p.cmd.Args)
	}
	return p.cmd.ProcessState
}

// ended reports whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// out and err are what the process and its children have written so far.
func (p *process) out() string { return contents(p.stdout) }
func (p *process) err() string { return contents(p.stderr) }

func contents(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// processes are the ids of all processes of the world.
func processes(t *testing.T) map[int]bool {
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
	eventually(t, func() error {
		var left error
		for pid := range processes(t) {
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
