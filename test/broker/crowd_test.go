package broker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// theHelper is the pid of the one helper that runs.
func theHelper(t *testing.T) int {
	t.Helper()
	pids := kit.Named(t, "gobind-helper")
	if len(pids) != 1 {
		t.Fatalf("helpers %v", pids)
	}
	return pids[0]
}

// noHelper waits until no helper is left.
func noHelper(t *testing.T) {
	t.Helper()
	kit.Eventually(t, func() error {
		if left := kit.Named(t, "gobind-helper"); len(left) > 0 {
			return fmt.Errorf("helpers %v are left", left)
		}
		return nil
	})
}

// B10: a flood of connections leaves nothing behind, and nobody's outcome changes.
func TestB10Flood(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 8 {
				_ = unix.Close(briefly(t, testenv.Bob)) // unread and unasked
			}
		})
	}
	all.Wait()
	want(t, "Alice meanwhile", outcome(t, dial(t, testenv.Alice), 80), "bound")
	want(t, "Bob meanwhile", outcome(t, dial(t, testenv.Bob), 80), "denied")
}

// B11: who connects and is silent, or half-closes, is let go; who asked first is answered.
func TestB11Silent(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	begin := time.Now()
	idle, half, deaf := dial(t, testenv.Alice), dial(t, testenv.Alice), dial(t, testenv.Alice)
	for _, conn := range []int{idle, half, deaf} {
		if status := kit.Hello(t, conn); status != helper.StatusReady {
			t.Fatal(status)
		}
	}
	sock := kit.TCPSocket(t)
	if err := unix.Sendmsg(half, kit.Request(1, kit.Port80), unix.UnixRights(sock), nil, unix.MSG_NOSIGNAL); err != nil {
		t.Fatal(err)
	}
	if err := unix.Shutdown(half, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	frame, _, err := helper.Receive(half, new(helper.Buffer))
	if reply, parsed := helper.ParseReply(frame); err != nil || parsed != nil || !reply.Bound() || !kit.IsBound(t, sock) {
		t.Errorf("half-closed: %+v, %v, %v", reply, err, parsed)
	}
	ended(t, half)
	if err := unix.Shutdown(deaf, unix.SHUT_RD); err != nil {
		t.Fatal(err)
	}
	_ = unix.Sendmsg(deaf, kit.Request(1, kit.Port80), unix.UnixRights(kit.TCPSocket(t)), nil, unix.MSG_NOSIGNAL)
	ended(t, idle)
	if took := time.Since(begin); took < 10*time.Second {
		t.Errorf("an idle connection ends after %v", took)
	}
	noHelper(t)
}

// B12: a heap of descriptors with a message is closed at once and nothing is bound.
func TestB12DescriptorBomb(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	conn := dial(t, testenv.Alice)
	want(t, "before", outcome(t, conn, 80), "bound")
	pid := theHelper(t)
	before := kit.OpenFiles(t, pid)
	many := make([]int, 253)
	for i := range many {
		many[i] = kit.TCPSocket(t)
	}
	for range 20 {
		if r := kit.Exchange(t, conn, kit.Request(1, kit.Port80), many...); r.Reason != helper.ReasonFrame || kit.IsBound(t, many[0]) {
			t.Fatalf("%+v", r)
		}
	}
	if after := kit.OpenFiles(t, pid); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	want(t, "after", again(t, conn, 80), "bound")
}

// B13: every thread of a serving helper is who connected, with one capability and no
// way to another, as with the setuid bit; and of what started it nothing is left.
func TestB13Shed(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	want(t, "served", outcome(t, dial(t, testenv.Alice), 80), "bound")
	pid := theHelper(t)
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		t.Fatal(threads, err)
	}
	for _, thread := range threads {
		status := kit.Contents(thread)
		for _, line := range []string{
			"Uid:\t61001\t61001\t61001\t61001", "Gid:\t61001\t61001\t61001\t61001", "Groups:\t61010 ", "CapInh:\t0000000000000000",
			"CapPrm:\t0000000000000400", "CapEff:\t0000000000000400", "CapBnd:\t0000000000000000", "CapAmb:\t0000000000000000",
			"NoNewPrivs:\t1", "Seccomp:\t2",
		} {
			if !strings.Contains(status, "\n"+line+"\n") {
				t.Errorf("%s lacks %q:\n%s", thread, line, status)
			}
		}
	}
	if env := strings.Trim(kit.Contents(fmt.Sprintf("/proc/%d/environ", pid)), "\x00"); strings.Contains(env, "LISTEN") || strings.Contains(env, "PATH=/") {
		t.Errorf("environment %q", env)
	}
}

// B14: who connected may end or stop the helper that is his, and nobody else's; nobody
// may look into one.
func TestB14Signals(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "81", testenv.Bob)
	kit.ServeBroker(t)
	alice := dial(t, testenv.Alice)
	want(t, "Alice", outcome(t, alice, 80), "bound")
	pid := theHelper(t)
	bob := dial(t, testenv.Bob)
	want(t, "Bob", outcome(t, bob, 81), "bound")
	kill := func(u testenv.User, sig string) bool {
		p := kit.Run(t, u.Command("sh", "-c", fmt.Sprintf("kill -%s %d", sig, pid)))
		return p.Cmd.ProcessState.Success()
	}
	if kill(testenv.Bob, "KILL") || !kill(testenv.Alice, "STOP") {
		t.Error("signals")
	}
	kit.WaitState(t, pid, "T")
	want(t, "Bob meanwhile", again(t, bob, 81), "bound")
	for _, file := range []string{"mem", "environ", "maps", "syscall"} {
		p := kit.Run(t, testenv.Alice.Command("head", "-c1", fmt.Sprintf("/proc/%d/%s", pid, file)))
		if p.Cmd.ProcessState.Success() {
			t.Errorf("Alice reads %s of her helper", file)
		}
	}
	if !kill(testenv.Alice, "KILL") {
		t.Error("she may not end it")
	}
	ended(t, alice)
	want(t, "Alice anew", outcome(t, dial(t, testenv.Alice), 80), "bound")
}

// B15: what a service manager may leave out or add makes no helper serve by too much
// privilege: without a capability that it needs it says so and ends.
func TestB15LackingCapabilities(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	path := testenv.Install(t).Helper()
	for i, set := range []string{"+setgid,+setpcap,+setuid", "+net_bind_service,+setpcap,+setuid", "+net_bind_service,+setgid,+setpcap", "+net_bind_service,+setgid,+setuid", "+chown"} {
		socket := fmt.Sprintf("/run/gobind/%d.sock", i)
		kit.ServeAt(t, socket, []string{"setpriv", "--no-new-privs", "--bounding-set=-all," + set, "--inh-caps=-all", "--", path})
		p := kit.Run(t, testenv.Alice.Command("python3", "-c", speaker, socket, fmt.Sprintf("%x", kit.Request(1, kit.Port80))))
		if got := strings.TrimSpace(p.Out()); !strings.HasPrefix(got, "status ") {
			t.Errorf("%s: %q %s", set, got, p.Err())
		}
	}
	noHelper(t)
}

// B16: policy that only root may read counts, as with the setuid bit.
func TestB16RootsPolicy(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "byuid/61001", "127.0.0.1,80\n")
	if err := os.Chmod("/etc/gobind/byuid/61001", 0o600); err != nil {
		t.Fatal(err)
	}
	kit.ServeBroker(t)
	want(t, "a line of root's", outcome(t, dial(t, testenv.Alice), 80), "bound")
	want(t, "Bob", outcome(t, dial(t, testenv.Bob), 80), "denied")
}

// B17: nothing on the wire is an identity: credentials that root forges in a message
// are not looked at, nor is what the connection is set to pass.
func TestB17NoIdentityOnTheWire(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	conn := dial(t, testenv.Bob)
	if status := kit.Hello(t, conn); status != helper.StatusReady {
		t.Fatal(status)
	}
	for _, option := range []int{unix.SO_PASSCRED, unix.SO_PASSPIDFD, unix.SO_PASSSEC} {
		_ = unix.SetsockoptInt(conn, unix.SOL_SOCKET, option, 1)
	}
	sock := kit.TCPSocket(t)
	forged := unix.UnixCredentials(&unix.Ucred{Pid: int32(os.Getpid()), Uid: testenv.Alice.UID, Gid: testenv.Alice.GID})
	if err := unix.Sendmsg(conn, kit.Request(1, kit.Port80), append(forged, unix.UnixRights(sock)...), nil, unix.MSG_NOSIGNAL); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, helper.MaxFrame+1)
	n, err := unix.Read(conn, frame)
	reply, parsed := helper.ParseReply(frame[:max(0, n)])
	if err != nil || parsed != nil || reply.Bound() || kit.IsBound(t, sock) {
		t.Errorf("%+v, %v, %v", reply, err, parsed)
	}
}

// B18: many users at once are each judged as who they are.
func TestB18Many(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "rules.d/b18.rules", "permit 62000 tcp *:80\npermit 62002 tcp *:80\npermit 62004 tcp *:80\npermit 62006 tcp *:80\n")
	kit.ServeBroker(t)
	var all sync.WaitGroup
	for uid := uint32(62000); uid < 62008; uid++ {
		all.Go(func() {
			verdict := map[bool]string{true: "bound", false: "denied"}[uid%2 == 0]
			conn := dial(t, testenv.User{UID: uid, GID: uid})
			want(t, fmt.Sprint(uid), outcomeAt(t, conn, fmt.Sprintf("127.0.0.%d:80", uid-61999)), verdict)
		})
	}
	all.Wait()
}
