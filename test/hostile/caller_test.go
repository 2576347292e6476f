package hostile

import (
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// called starts the helper by hand, with a command that prepare has changed, and
// returns the caller's side of the channel, on which no receive waits for ever.
func called(t *testing.T, u testenv.User, prepare func(*exec.Cmd)) (*kit.Process, int) {
	t.Helper()
	channel, theirs, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(channel) })
	limit := unix.Timeval{Sec: int64(kit.Patience.Seconds())}
	if err := unix.SetsockoptTimeval(channel, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		t.Fatal(err)
	}
	cmd := u.Command(testenv.Install(t).Helper())
	cmd.Stdin = theirs
	prepare(cmd)
	p := kit.Start(t, cmd)
	_ = theirs.Close()
	return p, channel
}

// through makes the command run by way of another that executes its arguments.
func through(argv ...string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		by := testenv.Root.Command(argv[0])
		cmd.Args = append(slices.Clone(argv), cmd.Path)
		cmd.Path = by.Path
	}
}

// plainly changes nothing.
func plainly(*exec.Cmd) {}

// ask sends a message with descriptors and returns the reply. An error is the end
// of the channel; all else is the test's failure.
func ask(t *testing.T, channel int, message []byte, fds ...int) (helper.Reply, error) {
	t.Helper()
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(channel, message, rights, nil, unix.MSG_NOSIGNAL); err != nil {
		return helper.Reply{}, err
	}
	frame, err := receive(t, channel)
	if err != nil {
		return helper.Reply{}, err
	}
	reply, err := helper.ParseReply(frame)
	if err != nil {
		t.Errorf("%q: %v", frame, err)
	}
	return reply, err
}

// receive receives one frame, without descriptors, or the end of the channel.
func receive(t *testing.T, channel int) ([]byte, error) {
	t.Helper()
	frame, fds, err := helper.Receive(channel, new(helper.Buffer))
	if len(fds) > 0 || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("from the helper: %d descriptors, %v", len(fds), err)
	}
	return frame, err
}

// bindsTruly asks for port 80 over a new channel, and returns what came of it in
// a word. A success that is none, or none that is one, is the test's failure.
func bindsTruly(t *testing.T, channel int) string {
	t.Helper()
	frame, err := receive(t, channel)
	if err != nil {
		return "end"
	}
	if status, err := helper.ParseHello(frame); err != nil || status != helper.StatusReady {
		return "not ready"
	}
	sock := kit.TCPSocket(t)
	reply, err := ask(t, channel, kit.Request(1, kit.Port80), sock)
	if reply.Bound() != kit.IsBound(t, sock) && err == nil {
		t.Errorf("reply %+v, and the socket is bound: %v", reply, kit.IsBound(t, sock))
	}
	switch {
	case err != nil:
		return "end"
	case reply.Bound():
		return "bound"
	default:
		return "refused"
	}
}

// quiet checks that the helper has written nothing.
func quiet(t *testing.T, name string, p *kit.Process) {
	t.Helper()
	if p.Out() != "" || p.Err() != "" {
		t.Errorf("%s: stdout %q, stderr %q", name, p.Out(), p.Err())
	}
}

// byHand is the only line that the helper ever writes.
const byHand = "gobind-helper: not for use by hand: gobind starts it\n"

// refusesToServe checks that the helper has said its line, and nothing of what it
// was given.
func refusesToServe(t *testing.T, name string, p *kit.Process) {
	t.Helper()
	if status := p.Wait(t).ExitCode(); status != 64 || p.Out() != "" || strings.TrimPrefix(p.Err(), byHand) != "" {
		t.Errorf("%s: exit status %d, stdout %q, stderr %q", name, status, p.Out(), p.Err())
	}
}
