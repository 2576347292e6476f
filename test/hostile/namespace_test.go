package hostile

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
	"gobind/test/netns"
)

// P5: a socket of another network namespace is not bound, whoever made it and
// however often it is passed; and none that is bound by policy alone because root
// made it.
func TestP5NamespaceOfRoots(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	for name, domain := range map[string]int{"IPv4": unix.AF_INET, "IPv6": unix.AF_INET6} {
		fd := foreignSocket(t, domain)
		addr := kit.Port80
		d.unserved(t, name, helper.ReasonNamespace, kit.Request(1, addr), fd)
		d.unserved(t, name+" again", helper.ReasonNamespace, kit.Request(1, addr), fd)
		d.unserved(t, name+" twice", helper.ReasonFrame, kit.Request(1, addr), fd, fd)
		d.unserved(t, name+" beside ours", helper.ReasonFrame, kit.Request(1, addr), kit.TCPSocket(t), fd)
		if addr := nameOf(t, fd); addr.IsValid() {
			t.Errorf("%s: it is bound to %v", name, addr)
		}
	}
	d.bound(t, "ours, made by root", kit.Port80, kit.TCPSocket(t))
	other := speak(t, testenv.Bob, d.log)
	if r := other.request(t, "root's socket by Bob", kit.Request(1, kit.Port80), kit.TCPSocket(t)); r.Verdict != helper.Deny {
		t.Errorf("%+v", r)
	}
}

// foreignSocket is a socket that root made in a network namespace of its own.
func foreignSocket(t *testing.T, domain int) int {
	t.Helper()
	fd, err := netns.Sockets(t)(domain, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// hand is the command of testdata/hand.py, run by way of another program or by none.
func hand(t *testing.T, u testenv.User, channel string, steps []string, through ...string) *kit.Process {
	t.Helper()
	argv := slices.Concat(through, []string{"python3", "-SE", kit.Absolute("testdata/hand.py"), channel}, steps)
	return kit.Run(t, u.Command(argv[0], argv[1:]...))
}

// P5: a user makes the namespace, and so is its root. The helper that serves the
// user outside does not bind a socket from in there; one that is started in there is
// told that it has no privilege or, where its caller plays root, believes no policy,
// whose owner is nobody there; and one in a namespace of root's binds nothing of
// ours.
func TestP5NamespaceOfUsers(t *testing.T) {
	kit.RequireUnshare(t, "-Urn")
	kit.Grant(t, "80", testenv.Alice)
	log := testenv.StartSyslog(t)
	d := speak(t, testenv.Alice, log)
	end := os.NewFile(uintptr(dup(t, d.channel)), "channel")
	for flags, want := range map[string]string{"-Un": fmt.Sprintf("status %d\n", helper.StatusUserNamespace), "-Urn": fmt.Sprintf("status %d\n", helper.StatusUserNamespace)} {
		cmd := testenv.Alice.Command("unshare", flags, "python3", "-SE", kit.Absolute("testdata/hand.py"), "fd:3",
			"socket=tcp4", "ask=127.0.0.1=80", "socket=udp6", "ask=::=80", "ask=::=80")
		cmd.ExtraFiles = []*os.File{end}
		p := kit.Run(t, cmd)
		d.asked += 3
		if want := "unserved 8\nunserved 8\nunserved 8\n"; p.Out() != want {
			t.Errorf("%s: %q, want %q; %s", flags, p.Out(), want, p.Err())
		}
		d.check(t, flags)
		within := hand(t, testenv.Alice, testenv.Install(t).Helper(), []string{"socket=tcp4", "ask=127.0.0.1=80"}, "unshare", flags)
		if within.Out() != want {
			t.Errorf("%s: a helper in there: %q, want %q; %s", flags, within.Out(), want, within.Err())
		}
	}
	_ = end.Close()
	d.bound(t, "then ours", kit.Port80, kit.TCPSocket(t))
	elsewhere := speakThrough(t, log, "unshare", "-n", "setpriv", "--reuid=61001", "--regid=61001", "--clear-groups")
	elsewhere.unserved(t, "ours to a helper elsewhere", helper.ReasonNamespace, kit.Request(1, kit.Port80), kit.TCPSocket(t))
}

// speakThrough starts a helper by way of another program that root executes.
func speakThrough(t *testing.T, log *testenv.Syslog, argv ...string) *dialogue {
	t.Helper()
	p, channel := called(t, testenv.Root, through(argv...))
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatalf("status %d", status)
	}
	return &dialogue{p: p, channel: channel, log: log, open: kit.OpenFiles(t, p.Cmd.Process.Pid)}
}

func dup(t *testing.T, fd int) int {
	t.Helper()
	other, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return other
}
