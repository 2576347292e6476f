package broker

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/sys"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// dial connects to the broker socket by the effective ids of u, and returns the
// connection, which the test closes at its end.
func dial(t *testing.T, u testenv.User) int {
	t.Helper()
	fd := briefly(t, u)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// briefly is dial for a connection that the caller closes.
func briefly(t *testing.T, u testenv.User) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var connected error
	who := sys.Credential{UID: u.UID, GID: u.GID, Groups: u.Groups}
	limit := unix.NsecToTimeval(kit.Patience.Nanoseconds())
	failed := sys.ActAs(who, func() {
		connected = errors.Join(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
			unix.Connect(fd, &unix.SockaddrUnix{Name: kit.BrokerSocket}))
		for err := error(unix.EINTR); err == unix.EINTR; { // until the helper has seen the thread
			_, _, err = unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK)
		}
	})
	if err := errors.Join(failed, connected); err != nil {
		t.Fatal(err)
	}
	return fd
}

// outcome asks over a connection for a port of 127.0.0.1, and says what came of it:
// the hello's status if that is not ready, else what the reply and the kernel say.
func outcome(t *testing.T, conn int, port uint16) string {
	t.Helper()
	return outcomeAt(t, conn, netip.AddrPortFrom(kit.Port80.Addr(), port).String())
}

func outcomeAt(t *testing.T, conn int, where string) string {
	t.Helper()
	if status := kit.Hello(t, conn); status != helper.StatusReady {
		return fmt.Sprint("status ", status)
	}
	return asked(t, conn, where)
}

// again is outcome after the hello.
func again(t *testing.T, conn int, port uint16) string {
	t.Helper()
	return asked(t, conn, netip.AddrPortFrom(kit.Port80.Addr(), port).String())
}

func asked(t *testing.T, conn int, where string) string {
	t.Helper()
	sock := kit.TCPSocket(t)
	reply := kit.Exchange(t, conn, kit.Request(1, netip.MustParseAddrPort(where)), sock)
	if reply.Bound() != kit.IsBound(t, sock) {
		t.Errorf("reply %+v, bound %v", reply, kit.IsBound(t, sock))
	}
	switch {
	case reply.Bound():
		return "bound"
	case reply.Verdict == helper.Deny:
		return "denied"
	default:
		return fmt.Sprintf("verdict %d, reason %d, errno %d", reply.Verdict, reply.Reason, reply.Errno)
	}
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// B1: the caller is who connected: uid, gid and supplementary groups are the kernel's
// word, for each connection its own.
func TestB1WhoConnected(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "rules.d/b1.rules", "permit gbalice tcp *:80\npermit :gbweb tcp *:81\npermit :61002 tcp *:82\ndeny gbcarol tcp *:80,81\n")
	kit.ServeBroker(t)
	for _, c := range []struct {
		u       testenv.User
		answers [3]string // to 80, 81, 82
	}{
		{testenv.Alice, [3]string{"bound", "bound", "denied"}},
		{testenv.Bob, [3]string{"denied", "denied", "bound"}},
		{testenv.Carol, [3]string{"denied", "denied", "denied"}},
	} {
		conn := dial(t, c.u)
		want(t, c.u.Name+" 80", outcome(t, conn, 80), c.answers[0])
		want(t, c.u.Name+" 81", again(t, conn, 81), c.answers[1])
		want(t, c.u.Name+" 82", again(t, conn, 82), c.answers[2])
	}
}

// B2: a connection that is passed on stays that of who made it: Bob binds by Alice's
// policy because she lent him hers, and the record names her.
func TestB2PassedOn(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	log := testenv.StartSyslog(t)
	conn := dial(t, testenv.Alice)
	var got string
	if err := sys.ActAs(sys.Credential{UID: testenv.Bob.UID, GID: testenv.Bob.GID}, func() { got = outcome(t, conn, 80) }); err != nil {
		t.Fatal(err)
	}
	want(t, "Bob with Alice's connection", got, "bound")
	kit.Eventually(t, func() error {
		if len(log.Records("uid=61001")) != 1 || len(log.Records("uid=61002")) != 0 {
			return fmt.Errorf("records: %q", log.Records("gobind-helper"))
		}
		return nil
	})
}

// B3: ids that change after connect(2) change nothing, in either direction, unless the
// helper has not seen the ones before: then it serves nobody.
func TestB3ChangedLater(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	// This process is root before and after, and was Alice when it connected.
	want(t, "root that was Alice", outcome(t, dial(t, testenv.Alice), 80), "bound")
	const program = `import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
os.setgroups([]); os.setresgid(61001, 61001, 61001); os.setresuid(61001, 61001, 61001)
t = socket.socket()
try:
    s.recv(512)
    socket.send_fds(s, [bytes.fromhex(sys.argv[2])], [t.fileno()])
    s.recv(512)
except OSError: pass # refused
print(t.getsockname()[1])
`
	p := kit.Run(t, testenv.Root.Command("python3", "-c", program, kit.BrokerSocket, fmt.Sprintf("%x", kit.Request(1, kit.Port80))))
	want(t, "Alice that was root", strings.TrimSpace(p.Out()), "0") // root has no rule, as far as the helper goes
}

// B21: it is the effective ids that connect(2) leaves with the kernel.
func TestB21EffectiveIDs(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	for ids, port := range map[[2]string]string{{"61001", "61002"}: "0", {"61002", "61001"}: "80"} {
		p := kit.Run(t, testenv.Root.Command("setpriv", "--ruid="+ids[0], "--euid="+ids[1], "--regid=61001", "--clear-groups",
			"python3", "-c", speaker, kit.BrokerSocket, fmt.Sprintf("%x", kit.Request(1, kit.Port80))))
		want(t, fmt.Sprint("real and effective uid ", ids), strings.TrimSpace(p.Out()), port)
	}
}

// speaker asks over the broker socket, and prints the status of the hello if that is not
// ready, else the port that the kernel has for its socket.
const speaker = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
status = s.recv(512)[8]
t = socket.socket()
t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if status != 1:
    print("status", status)
else:
    socket.send_fds(s, [bytes.fromhex(sys.argv[2])], [t.fileno()])
    reply = s.recv(512)
    print(t.getsockname()[1], *(["reason", reply[13]] if reply[12] == 2 else []))
`

// speaks runs the speaker under others as a user.
func speaks(t *testing.T, u testenv.User, wrap ...string) string {
	t.Helper()
	argv := append(append([]string{}, wrap...), "python3", "-c", speaker, kit.BrokerSocket, fmt.Sprintf("%x", kit.Request(1, kit.Port80)))
	p := kit.Run(t, u.Command(argv[0], argv[1:]...))
	return strings.TrimSpace(p.Out())
}

// B4: a peer in a pid namespace below is served like any other; one that the helper
// cannot see (pid 0) is not.
func TestB4PidNamespace(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	want(t, "below", speaks(t, testenv.Root, "unshare", "-pf", "--mount-proc", "setpriv", "--reuid=61001", "--regid=61001", "--clear-groups"), "80")
	other := "/run/gobind/elsewhere.sock"
	kit.ServeAt(t, other, append([]string{"unshare", "-pf", "--mount-proc"}, kit.UnitCommand(testenv.Install(t).Helper())...))
	p := kit.Run(t, testenv.Alice.Command("python3", "-c", speaker, other, fmt.Sprintf("%x", kit.Request(1, kit.Port80))))
	want(t, "not to be seen", strings.TrimSpace(p.Out()), fmt.Sprint("status ", helper.StatusUserNamespace))
}

// B5: a peer in another user namespace is refused, whatever its ids are there: it may
// have shed groups that a rule denies, which nobody may outside of one.
func TestB5UserNamespace(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "rules.d/b5.rules", "permit gbalice tcp *:80\ndeny :gbweb tcp *:80\n")
	kit.RequireUnshare(t, "-U")
	kit.ServeBroker(t)
	want(t, "in the group", speaks(t, testenv.Alice), "0")
	refused := fmt.Sprint("status ", helper.StatusUserNamespace)
	for _, flags := range [][]string{{"-U"}, {"-Ur"}, {"-U", "--map-user=61001", "--map-group=61001"}} {
		want(t, fmt.Sprint("unshare ", flags), speaks(t, testenv.Alice, append([]string{"unshare"}, flags...)...), refused)
	}
	shedding := testenv.Alice.Command("python3", "-c", speaker, kit.BrokerSocket, fmt.Sprintf("%x", kit.Request(1, kit.Port80)))
	everybody := []syscall.SysProcIDMap{{Size: 100_000}}
	shedding.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER, UidMappings: everybody, GidMappings: everybody, GidMappingsEnableSetgroups: true,
		Credential: &syscall.Credential{Uid: testenv.Alice.UID, Gid: testenv.Alice.GID},
	}
	want(t, "without the group", strings.TrimSpace(kit.Run(t, shedding).Out()), refused)
}

// B6: an id that has no mapping where the helper is, or nobody's, is nobody's.
func TestB6Unmapped(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "rules.d/b6.rules", "permit * tcp *:80\n")
	kit.ServeBroker(t)
	refused := fmt.Sprint("status ", helper.StatusUserNamespace)
	for name, u := range map[string]testenv.User{
		"uid": {UID: 65534, GID: 61001}, "gid": {UID: 61001, GID: 65534}, "group": {UID: 61001, GID: 61001, Groups: []uint32{61010, 65534}},
	} {
		want(t, name, outcome(t, dial(t, u), 80), refused)
	}
	want(t, "any other", outcome(t, dial(t, testenv.User{UID: 65533, GID: 65533}), 80), "bound")
}

// B7: a socket of another network namespace is refused, and the reply says so.
func TestB7NetworkNamespace(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	got := speaks(t, testenv.Root, "unshare", "-n", "setpriv", "--reuid=61001", "--regid=61001", "--clear-groups")
	want(t, "elsewhere", got, fmt.Sprint("0 reason ", helper.ReasonNamespace))
}

// B8: a peer that is gone before it is looked at binds nothing, and nobody is taken in
// its place.
func TestB8PeerIsGone(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kept := filepath.Join(t.TempDir(), "gone")
	held := t.TempDir()
	// The helper starts when the file is there, which is after the end of who connected.
	wait := append([]string{"sh", "-c", `touch "$1/asked"; until test -e "$0"; do sleep 0.05; done; shift; exec "$@"`, kept, held}, kit.UnitCommand(testenv.Install(t).Helper())...)
	kit.ServeAt(t, kit.BrokerSocket, wait)
	const program = `import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
if os.fork() != 0: os._exit(0)  # the child, which did not connect, holds the connection
t = socket.socket()
try: socket.send_fds(s, [bytes.fromhex(sys.argv[2])], [t.fileno()])
except OSError: pass  # the helper has said its word and ended
try: hello = s.recv(512)
except ConnectionResetError: hello = s.recv(512)  # told once, and before what was sent
print("status", hello[8], t.getsockname()[1], flush=True)
`
	p := kit.Start(t, testenv.Alice.Command("python3", "-c", program, kit.BrokerSocket, fmt.Sprintf("%x", kit.Request(1, kit.Port80))))
	p.Wait(t)
	kit.Eventually(t, func() error { _, err := os.Stat(filepath.Join(held, "asked")); return err })
	kit.Write(t, kept, "")
	kit.Eventually(t, func() error {
		if got := strings.TrimSpace(p.Out()); got != fmt.Sprintf("status %d 0", helper.StatusUserNamespace) {
			return fmt.Errorf("%q: %s", got, p.Err())
		}
		return nil
	})
}

// B9: of root's own connection the helper serves root, by root's rules.
func TestB9Root(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "rules.d/b9.rules", "permit root tcp *:81\n")
	kit.ServeBroker(t)
	conn := dial(t, testenv.Root)
	want(t, "root 80", outcome(t, conn, 80), "denied")
	want(t, "root 81", again(t, conn, 81), "bound")
}

// ended waits until the helper's side of the connection is closed.
func ended(t *testing.T, conn int) {
	t.Helper()
	if n, err := unix.Read(conn, make([]byte, helper.MaxFrame)); n != 0 && err == nil || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("read: %d, %v", n, err)
	}
}
