package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
	"gobind/test/netns"
)

// A serving helper is its caller in every thread, with one capability, and none
// to come.
func TestServingHelperHasShedItsPrivilege(t *testing.T) {
	p, channel := kit.StartHelper(t, testenv.Alice)
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatal(status, p.Err())
	}
	dir := fmt.Sprintf("/proc/%d/task", p.Cmd.Process.Pid)
	threads, err := os.ReadDir(dir)
	if err != nil || len(threads) < 2 {
		t.Fatal(threads, err)
	}
	for _, thread := range threads {
		status := kit.Contents(dir + "/" + thread.Name() + "/status")
		for _, line := range []string{
			"Uid:\t61001\t61001\t61001\t61001\n", "Gid:\t61001\t61001\t61001\t61001\n", "Groups:\t61010 \n",
			"CapInh:\t0000000000000000\n", "CapPrm:\t0000000000000400\n", "CapEff:\t0000000000000400\n",
			"CapBnd:\t0000000000000000\n", "CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n",
		} {
			if !strings.Contains(status, "\n"+line) {
				t.Errorf("thread %s has no line %q:\n%s", thread.Name(), line, status)
			}
		}
	}
	if env := kit.Contents(fmt.Sprintf("/proc/%d/limits", p.Cmd.Process.Pid)); !strings.Contains(env, "Max core file size        0                    0") {
		t.Errorf("it may dump core:\n%s", env)
	}
}

// A request without exactly one socket that the helper binds is not served, and
// the helper goes on.
func TestHelperRefusesWhatItDoesNotBind(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	p, channel := kit.StartHelper(t, testenv.Alice)
	kit.Hello(t, channel)
	before := kit.OpenFiles(t, p.Cmd.Process.Pid)
	sock := kit.TCPSocket(t)
	other := func(domain, kind, protocol int) int {
		fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			t.Fatal(domain, kind, protocol, err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		return fd
	}
	file, err := os.Open("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	many := make([]int, 253)
	for i := range many {
		many[i] = sock
	}
	good := kit.Request(1, kit.Port80)
	for name, c := range map[string]struct {
		message []byte
		fds     []int
		want    helper.Reason
	}{
		"no descriptor":   {good, nil, helper.ReasonFrame},
		"two descriptors": {good, []int{sock, sock}, helper.ReasonFrame},
		"253 descriptors": {good, many, helper.ReasonFrame},
		"short":           {good[:63], []int{sock}, helper.ReasonFrame},
		"long":            {append(good, 0), []int{sock}, helper.ReasonFrame},
		"huge":            {make([]byte, 1<<17), []int{sock}, helper.ReasonFrame},
		"reply":           {helper.AppendReply(nil, helper.Reply{}), []int{sock}, helper.ReasonFrame},
		"file":            {good, []int{int(file.Fd())}, helper.ReasonSocket},
		"its channel":     {good, []int{channel}, helper.ReasonSocket},
		"AF_UNIX":         {good, []int{other(unix.AF_UNIX, unix.SOCK_STREAM, 0)}, helper.ReasonSocket},
		"AF_NETLINK":      {good, []int{other(unix.AF_NETLINK, unix.SOCK_RAW, 0)}, helper.ReasonSocket},
		"AF_PACKET":       {good, []int{other(unix.AF_PACKET, unix.SOCK_RAW, 0)}, helper.ReasonSocket},
		"raw":             {good, []int{other(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)}, helper.ReasonSocket},
		"port 0":          {kit.Request(1, netip.MustParseAddrPort("127.0.0.1:0")), []int{sock}, helper.ReasonPort},
		"port 1024":       {kit.Request(1, netip.MustParseAddrPort("127.0.0.1:1024")), []int{sock}, helper.ReasonPort},
	} {
		if r := kit.Exchange(t, channel, c.message, c.fds...); r.Verdict != helper.Unserved || r.Reason != c.want || r.Bound() {
			t.Errorf("%s: %+v, want reason %d", name, r, c.want)
		}
	}
	if after := kit.OpenFiles(t, p.Cmd.Process.Pid); after > before+1 { // and the way to syslog
		t.Errorf("it holds %d descriptors, %d before", after, before)
	}
	if r := kit.Exchange(t, channel, good, sock); !r.Bound() || r.Source.File != "/etc/gobind/byport/80" {
		t.Errorf("then a good request: %+v", r)
	}
	if r := kit.Exchange(t, channel, good, sock); r.Verdict != helper.Permit || r.Errno != uint16(unix.EINVAL) {
		t.Errorf("bound already: %+v", r)
	}
	if r := kit.Exchange(t, channel, kit.Request(1, netip.MustParseAddrPort("[::1]:80")), kit.TCPSocket(t)); r.Errno != uint16(unix.EAFNOSUPPORT) {
		t.Errorf("another family: %+v", r)
	}
}

// The identity is the kernel's: who runs the helper, with which groups.
func TestHelperJudgesItsCaller(t *testing.T) {
	testenv.Install(t)
	const file = "/etc/gobind/byport/80"
	if err := os.WriteFile(file, nil, 0o010); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
	if err := errors.Join(os.Chown(file, 0, testenv.WebGroup), os.Chmod(file, 0o010)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  testenv.User
		want bool
	}{
		{testenv.Alice, true},
		{testenv.Bob, false},
		{testenv.Carol, true},
		{testenv.User{Name: "gbalice", UID: 61001, GID: 61001}, false}, // without her group
	} {
		_, channel := kit.StartHelper(t, c.who)
		kit.Hello(t, channel)
		if r := kit.Exchange(t, channel, kit.Request(1, kit.Port80), kit.TCPSocket(t)); r.Bound() != c.want {
			t.Errorf("%+v: %+v, want bound %v", c.who, r, c.want)
		}
	}
}

// A socket of another network namespace is told apart by its cookie.
func TestHelperRefusesAnotherNamespace(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	_, channel := kit.StartHelper(t, testenv.Alice)
	kit.Hello(t, channel)
	fd, err := netns.Sockets(t)(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	if r := kit.Exchange(t, channel, kit.Request(1, kit.Port80), fd); r.Verdict != helper.Unserved || r.Reason != helper.ReasonNamespace {
		t.Errorf("%+v", r)
	}
}

// A helper serves a thousand requests, refuses the next before it is read, and
// ends; and it ends when its channel does.
func TestHelperEnds(t *testing.T) {
	p, channel := kit.StartHelper(t, testenv.Alice)
	kit.Hello(t, channel)
	sock := kit.TCPSocket(t)
	for range 1000 {
		if r := kit.Exchange(t, channel, kit.Request(1, kit.Port80), sock); r.Verdict != helper.Deny {
			t.Fatalf("%+v", r)
		}
	}
	var refused error
	for i := 0; i < 100 && refused == nil; i++ { // what is sent before it has shut its side down is served
		refused = unix.Sendmsg(channel, kit.Request(1, kit.Port80), unix.UnixRights(sock), nil, unix.MSG_NOSIGNAL)
		if refused == nil {
			_, _, refused = helper.Receive(channel, new(helper.Buffer))
		}
	}
	if !errors.Is(refused, unix.EPIPE) {
		t.Errorf("a request after the last: %v", refused)
	}
	if status := p.Wait(t).ExitCode(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	p, channel = kit.StartHelper(t, testenv.Alice)
	kit.Hello(t, channel)
	if err := unix.Shutdown(channel, unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	p.Wait(t)
}

// Started by hand the helper says one line and nothing of its arguments.
func TestHelperByHand(t *testing.T) {
	path := testenv.Install(t).Helper()
	_, channel, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	defer channel.Close() //nolint:errcheck // a socket of no use
	for name, prepare := range map[string]func(*exec.Cmd){
		"no channel": func(*exec.Cmd) {},
		"arguments":  func(c *exec.Cmd) { c.Args = append(c.Args, "--help"); c.Stdin = channel },
		"escapes":    func(c *exec.Cmd) { c.Args = []string{"\x1b[31m", "\n"}; c.Stdin = channel },
		"hostile values": func(c *exec.Cmd) {
			c.Env = []string{"GODEBUG=inittrace=1,gctrace=1,schedtrace=1", "GOTRACEBACK=crash", "GOGC=1"}
		},
	} {
		cmd := testenv.Alice.Command(path)
		prepare(cmd)
		p := kit.Start(t, cmd)
		status := p.Wait(t).ExitCode()
		const line = "gobind-helper: not for use by hand: gobind starts it\n"
		if status != 64 || p.Out() != "" || p.Err() != line {
			t.Errorf("%s: status %d, stdout %q, stderr %q", name, status, p.Out(), p.Err())
		}
	}
}

// Only a reply is a success: a helper that is killed leaves the end of the
// channel.
func TestHelperKilledWhileAsked(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for range 50 {
		p, channel := kit.StartHelper(t, testenv.Alice)
		conn := client.New(channel)
		sock := kit.TCPSocket(t)
		killed := make(chan error, 1)
		go func() { killed <- unix.Kill(p.Cmd.Process.Pid, unix.SIGKILL) }()
		reply, err := conn.Bind(sock, kit.Port80, 0, false, helper.Claim{})
		if err := <-killed; err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
		if err == nil && reply.Bound() != kit.IsBound(t, sock) {
			t.Errorf("%+v, bound %v", reply, kit.IsBound(t, sock))
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, client.ErrClosed) && !errors.Is(err, unix.ECONNRESET) {
			t.Error(err)
		}
		p.Wait(t)
	}
}
