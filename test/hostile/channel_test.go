package hostile

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// With the /proc of another pid namespace ids would be those of other processes:
// gobind does not start.
func TestForeignProc(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, testenv.Root.Command("unshare", "-p", "-f", testenv.Install(t).Gobind(), "--launch="+mode, "echo", "started"))
		if status := p.Cmd.ProcessState.ExitCode(); status != 125 {
			t.Errorf("exit status %d", status)
		}
		kit.WantOutput(t, p, "", "gobind: /proc is not mounted for this pid namespace\n"+
			"gobind: hint: as root, run: mount -t proc proc /proc (unshare has --mount-proc for it)\n")
	})
}

// H10: a caller who sends and never reads does not keep the helper: it ends when the
// channel is full.
func TestH10NeverReads(t *testing.T) {
	p, channel := kit.StartHelper(t, testenv.Alice)
	sock := kit.TCPSocket(t)
	for range 1000 {
		err := unix.Sendmsg(channel, kit.Request(1, kit.Port80), unix.UnixRights(sock), nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
			break
		}
		if errors.Is(err, unix.EAGAIN) {
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if state := p.Wait(t); !state.Exited() {
		t.Errorf("it did not end by itself: %v", state)
	}
}

// P2: a helper whose caller has set options on its channel, so that more comes than
// descriptors, ends with the first request.
func TestP2ForeignControlMessages(t *testing.T) {
	for name, option := range map[string]int{"SO_PASSCRED": unix.SO_PASSCRED, "SO_PASSPIDFD": unix.SO_PASSPIDFD} {
		channel, theirs, err := kit.ChannelFile()
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.SetsockoptInt(int(theirs.Fd()), unix.SOL_SOCKET, option, 1); err != nil {
			t.Fatal(name, err)
		}
		cmd := testenv.Alice.Command(testenv.Install(t).Helper())
		cmd.Stdin = theirs
		p := kit.Start(t, cmd)
		_ = theirs.Close()
		kit.Hello(t, channel)
		if err := unix.Sendmsg(channel, kit.Request(1, kit.Port80), unix.UnixRights(kit.TCPSocket(t)), nil, 0); err != nil {
			t.Fatal(err)
		}
		if frame, _, err := helper.Receive(channel, new(helper.Buffer)); !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
			t.Errorf("%s: %q, %v, want the end", name, frame, err)
		}
		p.Wait(t)
		_ = unix.Close(channel)
	}
}

// H3: a channel in non-blocking mode is refused at once.
func TestH3NonBlockingChannel(t *testing.T) {
	channel, theirs, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(channel) //nolint:errcheck // ours
	if err := unix.SetNonblock(int(theirs.Fd()), true); err != nil {
		t.Fatal(err)
	}
	cmd := testenv.Alice.Command(testenv.Install(t).Helper())
	cmd.Stdin = theirs
	p := kit.Start(t, cmd)
	_ = theirs.Close()
	if status := p.Wait(t).ExitCode(); status != 64 {
		t.Errorf("exit status %d, stderr %q", status, p.Err())
	}
	if _, _, err := helper.Receive(channel, new(helper.Buffer)); !errors.Is(err, io.EOF) {
		t.Errorf("after it: %v", err)
	}
}

// A user who stops the helper stops the binds of the own program for a while, and
// then they fail.
func TestHelperIsStopped(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	a := kit.StartAsker(t, kit.LaunchModes()[0])
	a.Want(t, "bound")
	kit.Kill(t, kit.TheHelper(t), unix.SIGSTOP)
	a.Want(t, "EACCES")
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", a.Cmd.Process.Pid)); err != nil {
		t.Error(err)
	}
}

// H10: the helper ends when its caller does, in whatever state; and none that waits,
// for a request or for nothing, takes a processor.
func TestH10CallerEnds(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for name, last := range map[string]func(channel int) error{
		"before the hello": func(int) error { return nil },
		"with a request under way": func(channel int) error {
			return unix.Sendmsg(channel, kit.Request(1, kit.Port80), unix.UnixRights(kit.TCPSocket(t)), nil, unix.MSG_NOSIGNAL)
		},
		"having shut one side down": func(channel int) error { return unix.Shutdown(channel, unix.SHUT_WR) },
		"having shut the other":     func(channel int) error { return unix.Shutdown(channel, unix.SHUT_RD) },
	} {
		p, channel := called(t, testenv.Alice, plainly)
		if err := errors.Join(last(channel), unix.Shutdown(channel, unix.SHUT_RDWR)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p.Wait(t)
		quiet(t, name, p)
	}
	wantNoneBound(t)
}

// wantNoneBound waits until port 80 is free.
func wantNoneBound(t *testing.T) {
	t.Helper()
	kit.Eventually(t, func() error {
		l, err := net.Listen("tcp", kit.Port80.String())
		if err != nil {
			return err
		}
		return l.Close()
	})
}

// H10: a caller who hangs does not keep the helper: it ends after ten idle seconds,
// in which it has done nothing, and with it its copy of the channel.
func TestH10CallerHangs(t *testing.T) {
	p, channel := called(t, testenv.Alice, plainly)
	kit.Hello(t, channel)
	started := time.Now()
	state := p.Wait(t)
	if idle := time.Since(started); idle < 9*time.Second || idle > 20*time.Second {
		t.Errorf("it ended after %v", idle)
	}
	if used := state.UserTime() + state.SystemTime(); used > time.Second || state.ExitCode() != 0 {
		t.Errorf("it took %v of a processor, exit status %d", used, state.ExitCode())
	}
	if _, err := receive(t, channel); !errors.Is(err, io.EOF) {
		t.Errorf("after it: %v", err)
	}
	quiet(t, "hang", p)
}
