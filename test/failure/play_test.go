package failure

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// binder is the path of testdata/binder.c.
func binder(t *testing.T) string {
	t.Helper()
	return kit.Build(t, "binder", kit.CC, "-static", "testdata/binder.c")
}

// play is a run of the binder under gobind.
type play struct {
	*tracer
	process *kit.Process // or this
	in      *os.File
	out     *os.File
	answers *bufio.Reader
	stderr  string
	before  map[int]bool // processes

	status       unix.WaitStatus
	asked, bound int
	lost         int // permitted binds that were made and are told to have failed
	unstarted    bool
	unasked      error      // of the request that is to be heard
	ended        bool       // without having been told to
	cut          bool       // after it had been asked
	errno        unix.Errno // of the last bind
}

// start starts the command under the tracer. It must be one that runs a binder.
func start(t *testing.T, cmd *exec.Cmd, f *fault, roles ...string) *play {
	t.Helper()
	p := &play{}
	theirs := p.connect(t, cmd)
	p.tracer = trace(t, cmd, f, roles...)
	closeAll(t, theirs)
	return p
}

// startPlainly starts the command without a tracer.
func startPlainly(t *testing.T, cmd *exec.Cmd) *play {
	t.Helper()
	p := &play{}
	theirs := p.connect(t, cmd)
	p.process = kit.Start(t, cmd)
	closeAll(t, theirs)
	return p
}

// connect makes the files that the command is to have, and returns its side.
func (p *play) connect(t *testing.T, cmd *exec.Cmd) []*os.File {
	t.Helper()
	p.before, p.stderr = kit.Processes(t), filepath.Join(t.TempDir(), "stderr")
	theirIn, in := pipe(t)
	out, theirOut := pipe(t)
	stderr, err := os.Create(p.stderr)
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out, p.answers = in, out, bufio.NewReader(out)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirIn, theirOut, stderr
	return []*os.File{theirIn, theirOut, stderr}
}

func closeAll(t *testing.T, files []*os.File) {
	t.Helper()
	for _, file := range files {
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(r.Close(), w.Close()) })
	return r, w
}

// bind has the binder bind the port, and checks that what it tells is true and that
// nothing is bound that policy does not permit.
func (p *play) bind(t *testing.T, port int, permitted bool) {
	t.Helper()
	p.request(port)
	p.hear(t, port, permitted)
}

// request has the binder bind the port; hear is to follow.
func (p *play) request(port int) {
	if !p.ended {
		_, p.unasked = fmt.Fprintln(p.in, port)
	}
}

// hear is the second half of bind.
func (p *play) hear(t *testing.T, port int, permitted bool) {
	t.Helper()
	if p.ended {
		return
	}
	if err := p.out.SetReadDeadline(time.Now().Add(kit.Patience)); err != nil {
		t.Fatal(err)
	}
	line, err := p.answers.ReadString('\n')
	if err := errors.Join(p.unasked, err); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("no answer for port %d: %v; stderr %s", port, err, kit.Contents(p.stderr))
		}
		p.unstarted, p.cut, p.ended = p.asked == 0, p.asked > 0, true
		return
	}
	p.asked++
	var told, has int
	if _, err := fmt.Sscanf(line, "%d %d %d\n", &told, &p.errno, &has); err != nil || told != port {
		t.Fatalf("answer %q for port %d: %v", line, port, err)
	}
	switch {
	case has != 0 && (has != port || !permitted):
		t.Errorf("port %d was asked for, permitted %v: %d is bound", port, permitted, has)
	case p.errno == 0 && has == 0:
		t.Errorf("port %d: a false success", port)
	case p.errno == 0:
		p.bound++
	case has != 0:
		p.lost++
	}
}

// end closes the binder's input and waits until all have ended; it checks that
// nothing is left.
func (p *play) end(t *testing.T) {
	t.Helper()
	_ = p.in.Close()
	if p.tracer != nil {
		p.wait(t)
		p.status = p.tracer.status
	} else {
		p.status = unix.WaitStatus(p.process.Wait(t).Sys().(syscall.WaitStatus))
	}
	own := p.status.Exited() && p.status.ExitStatus() == 0 // the binder's, if it was started
	if own && (p.unstarted || p.cut) || !own && !p.unstarted && !p.killed() && !p.withoutGobind() {
		t.Errorf("the binder was started: %v, ended early: %v; %v; stderr %s", !p.unstarted, p.cut, p.status, kit.Contents(p.stderr))
	}
	nothingIsLeft(t, p.before)
}

// nothingIsLeft waits until no process is left that was not there before.
func nothingIsLeft(t *testing.T, before map[int]bool) {
	t.Helper()
	kit.Eventually(t, func() error {
		for pid := range kit.Processes(t) {
			if !before[pid] {
				return fmt.Errorf("process %d is left: %s", pid, kit.Contents(fmt.Sprintf("/proc/%d/stat", pid)))
			}
		}
		return nil
	})
}

// grantAll sets the policy that all plays begin with: 80 by byport, 81 by byuid,
// 84 by a file that is not executable. Nothing else is permitted.
func grantAll(t *testing.T) {
	t.Helper()
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "84", testenv.Alice)
	if err := os.Chmod(filepath.Join(kit.Byport, "84"), 0o400); err != nil {
		t.Fatal(err)
	}
	setByUID(t, "127.0.0.1,81\n")
	t.Cleanup(func() { _ = os.Remove(byUID) })
}

const byUID = "/etc/gobind/byuid/61001"

// setByUID replaces Alice's byuid file by another that only root may read: a helper
// that serves must be started anew.
func setByUID(t *testing.T, text string) {
	t.Helper()
	if err := errors.Join(os.WriteFile(byUID+".new", []byte(text), 0o600), os.Rename(byUID+".new", byUID)); err != nil {
		t.Fatal(err)
	}
}

// perform is the whole play: first bind, warm binds, refusals, an edit of policy
// that takes another helper, and the end.
func (p *play) perform(t *testing.T) {
	t.Helper()
	p.bind(t, 80, true)
	p.bind(t, 81, true)
	p.bind(t, 82, false)
	p.bind(t, 84, false)
	setByUID(t, "127.0.0.1,83\n")
	defer setByUID(t, "127.0.0.1,81\n")
	p.bind(t, 83, true)
	p.bind(t, 81, false)
	p.bind(t, 80, true)
	p.end(t)
}
