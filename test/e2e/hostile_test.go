package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
)

// With the /proc of another pid namespace ids would be those of other processes:
// gobind does not start.
func TestForeignProc(t *testing.T) {
	inModes(t, func(t *testing.T, mode string) {
		p := run(t, testenv.Root.Command("unshare", "-p", "-f", testenv.Install(t).Gobind(), "--launch="+mode, "echo", "started"))
		if status := p.cmd.ProcessState.ExitCode(); status != 125 {
			t.Errorf("exit status %d", status)
		}
		want(t, p, "", "gobind: /proc is not mounted for this pid namespace\n"+
			"gobind: hint: as root, run: mount -t proc proc /proc (unshare has --mount-proc for it)\n")
	})
}

// A caller who sends and never reads does not keep the helper: it ends when the
// channel is full.
func TestHelperDoesNotWaitForItsCaller(t *testing.T) {
	p, channel := startHelper(t, testenv.Alice)
	sock := tcpSocket(t)
	for range 1000 {
		err := unix.Sendmsg(channel, request(1, port80), unix.UnixRights(sock), nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
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
	p.wait(t)
}

// A helper whose caller has set options on its channel, so that more comes than
// descriptors, ends with the first request.
func TestHelperEndsOnForeignControlMessages(t *testing.T) {
	for name, option := range map[string]int{"SO_PASSCRED": unix.SO_PASSCRED, "SO_PASSPIDFD": unix.SO_PASSPIDFD} {
		channel, theirs, err := socketpairFile()
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.SetsockoptInt(int(theirs.Fd()), unix.SOL_SOCKET, option, 1); err != nil {
			t.Fatal(name, err)
		}
		cmd := testenv.Alice.Command(testenv.Install(t).Helper())
		cmd.Stdin = theirs
		p := start(t, cmd)
		_ = theirs.Close()
		hello(t, channel)
		if err := unix.Sendmsg(channel, request(1, port80), unix.UnixRights(tcpSocket(t)), nil, 0); err != nil {
			t.Fatal(err)
		}
		if _, _, err := helper.Receive(channel, make([]byte, helper.MaxFrame+1)); errors.Is(err, helper.ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
		p.wait(t)
		_ = unix.Close(channel)
	}
}

// A channel in non-blocking mode is refused at once.
func TestHelperRefusesANonBlockingChannel(t *testing.T) {
	channel, theirs, err := socketpairFile()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(channel) //nolint:errcheck // ours
	if err := unix.SetNonblock(int(theirs.Fd()), true); err != nil {
		t.Fatal(err)
	}
	cmd := testenv.Alice.Command(testenv.Install(t).Helper())
	cmd.Stdin = theirs
	p := start(t, cmd)
	_ = theirs.Close()
	if status := p.wait(t).ExitCode(); status != 64 {
		t.Errorf("exit status %d, stderr %q", status, p.err())
	}
	if _, _, err := helper.Receive(channel, make([]byte, helper.MaxFrame+1)); !errors.Is(err, io.EOF) {
		t.Errorf("after it: %v", err)
	}
}

// A user who stops the helper stops the binds of the own program for a while, and
// then they fail.
func TestHelperIsStopped(t *testing.T) {
	grant(t, "80", testenv.Alice)
	a := startAsker(t, launchModes()[0])
	a.want(t, "bound")
	kill(t, theHelper(t), unix.SIGSTOP)
	a.want(t, "EACCES")
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", a.cmd.Process.Pid)); err != nil {
		t.Error(err)
	}
}
