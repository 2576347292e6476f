package hostile

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/fuse"
	"gobind/test/kit"
)

// policyKind is policy that gives port 80 to Alice, on a file system of the test's,
// and the question by which a decision asks for it.
type policyKind struct {
	dir, name   string
	op          fuse.Op
	with, after fuse.File // after: what is left of it when it was withdrawn
}

// policyKinds are a file whose x bit permits, and a line that does.
var policyKinds = map[string]policyKind{
	"byport": {
		kit.Byport, "80", fuse.Lookup,
		fuse.File{Mode: 0o500, UID: testenv.Alice.UID}, fuse.File{Mode: 0o500},
	},
	"byuid": {
		filepath.Dir(byuidFile), filepath.Base(byuidFile), fuse.Read,
		fuse.File{Mode: 0o644, Text: "127.0.0.1,80\n"}, fuse.File{Mode: 0o644, Text: "# nothing\n"},
	},
}

// mount puts it in the place of the directory until the test ends.
func (k policyKind) mount(t *testing.T) *fuse.FS {
	t.Helper()
	testenv.Install(t)
	return fuse.Mount(t, k.dir, map[string]fuse.File{k.name: k.with})
}

// middle is a helper of Alice's in the middle of a decision about port 80: it has
// asked for the policy and has no answer.
type middle struct {
	p             *kit.Process
	channel, sock int
	answer        func() // lets it have the answer, which is the policy as it was
}

// inTheMiddle brings a helper there.
func (k policyKind) inTheMiddle(t *testing.T, fs *fuse.FS) *middle {
	t.Helper()
	p, channel := called(t, testenv.Alice, plainly)
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatalf("status %d", status)
	}
	hold := fs.Hold(k.op, k.name)
	m := &middle{p, channel, kit.TCPSocket(t), hold.Release}
	if err := unix.Sendmsg(channel, kit.Request(1, kit.Port80), unix.UnixRights(m.sock), nil, unix.MSG_NOSIGNAL); err != nil {
		t.Fatal(err)
	}
	hold.Wait(t)
	return m
}

// pid is the helper's.
func (m *middle) pid() int { return m.p.Cmd.Process.Pid }

// stop stops the helper where it is: the thread that waits for policy has the signal
// before it when it leaves the kernel.
func (m *middle) stop(t *testing.T) {
	t.Helper()
	kit.Kill(t, m.pid(), unix.SIGSTOP)
	m.eventually(t, func(states string) bool { return strings.Contains(states, "D") }) // interrupted, it waits on
}

// stopped waits until all threads of the helper are. It returns false if the helper
// has ended.
func (m *middle) stopped(t *testing.T) bool {
	t.Helper()
	m.eventually(t, func(states string) bool { return strings.Trim(states, "T") == "" })
	return !m.p.Ended()
}

// eventually waits until the states of the helper's threads, a letter each, are what
// is wanted, or the helper has ended.
func (m *middle) eventually(t *testing.T, wanted func(states string) bool) {
	t.Helper()
	kit.Eventually(t, func() error {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", m.pid()))
		var states strings.Builder
		for _, file := range files {
			_, state, _ := strings.Cut(kit.Contents(file), ") ")
			states.WriteString(state[:min(1, len(state))])
		}
		if !m.p.Ended() && (states.Len() == 0 || !wanted(states.String())) {
			return fmt.Errorf("its threads are in states %q, %w", states.String(), err)
		}
		return nil
	})
}

// silent checks that there is no reply yet, and nothing bound.
func (m *middle) silent(t *testing.T, name string) {
	t.Helper()
	n, _, err := unix.Recvfrom(m.channel, make([]byte, helper.MaxFrame), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if err != unix.EAGAIN || kit.IsBound(t, m.sock) {
		t.Errorf("%s: %d bytes of a reply, %v, and the socket is bound: %v", name, n, err, kit.IsBound(t, m.sock))
	}
}

// outcome is what becomes of the request: bound, refused, or the end of the helper,
// with the socket bound or not. All else is the test's failure.
func (m *middle) outcome(t *testing.T, name string) string {
	t.Helper()
	frame, _, err := helper.Receive(m.channel, new(helper.Buffer))
	bound := kit.IsBound(t, m.sock)
	if errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
		return map[bool]string{true: "end, bound", false: "end"}[bound]
	}
	reply, err2 := helper.ParseReply(frame)
	if err := errors.Join(err, err2); err != nil || reply.Bound() != bound {
		t.Errorf("%s: %+v, %v, and the socket is bound: %v", name, reply, err, bound)
	}
	return map[bool]string{true: "bound", false: "refused"}[bound]
}

// end ends the helper, which has dumped no core and has not told of its inside.
func (m *middle) end(t *testing.T, name string) {
	t.Helper()
	_ = unix.Close(m.sock)
	_ = unix.Shutdown(m.channel, unix.SHUT_RDWR)
	if state := m.p.Wait(t); state.Sys().(syscall.WaitStatus).CoreDump() {
		t.Errorf("%s: it dumped core", name)
	}
	if lines := strings.Count(m.p.Err(), "\n"); lines > 4 || strings.Contains(m.p.Err(), "goroutine") {
		t.Errorf("%s: stderr %q", name, m.p.Err())
	}
}
