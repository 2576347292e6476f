package hostile

import (
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// P6: what state a socket is in, the kernel says, and its errno is told.
func TestP6States(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	_, channel := served(t)
	at := func(port int) *unix.SockaddrInet4 {
		return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	holder := kit.TCPSocket(t)
	must(unix.Bind(holder, at(80)))
	must(unix.Listen(holder, 1))
	bound, connected, udp := kit.TCPSocket(t), kit.TCPSocket(t), socket(t, unix.AF_INET, unix.SOCK_DGRAM, 0)
	must(unix.Bind(bound, at(8080)))
	must(unix.Connect(connected, at(80)))
	accepted, _, err := unix.Accept(holder)
	must(err)
	t.Cleanup(func() { _ = unix.Close(accepted) })
	must(unix.Connect(udp, at(53)))
	for name, c := range map[string]struct {
		fd   int
		want unix.Errno
	}{
		"in use": {kit.TCPSocket(t), unix.EADDRINUSE}, "bound": {bound, unix.EINVAL}, "connected": {connected, unix.EINVAL},
		"accepted": {accepted, unix.EINVAL}, "listening": {holder, unix.EINVAL}, "connected udp": {udp, unix.EINVAL},
	} {
		reply, err := ask(t, channel, kit.Request(1, kit.Port80), c.fd)
		if err != nil || reply.Verdict != helper.Permit || reply.Errno != uint16(c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, reply, err, c.want)
		}
	}
	must(unix.Shutdown(accepted, unix.SHUT_RDWR))
	if reply, err := ask(t, channel, kit.Request(1, kit.Port80), connected); err != nil || reply.Bound() {
		t.Errorf("closed at the other end: %+v, %v", reply, err)
	}
}

// P6: a socket that its owner binds while the helper works is bound to one of the
// two addresses, and the reply is true.
func TestP6BoundMeanwhile(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	_, channel := served(t)
	outcomes := map[string]int{}
	for range scaled(900) { // of the thousand requests of one helper
		sock := kit.TCPSocket(t)
		done := make(chan error)
		go func() { done <- unix.Bind(sock, &unix.SockaddrInet4{Port: 8080, Addr: [4]byte{127, 0, 0, 1}}) }()
		reply, err := ask(t, channel, kit.Request(1, kit.Port80), sock)
		mine := <-done
		where := boundTo(t, sock).Port()
		if reply.Bound() != (where == 80) || (mine == nil) != (where == 8080) {
			t.Fatalf("%+v, %v; own bind: %v; bound to %d", reply, err, mine, where)
		}
		outcomes[map[uint16]string{80: "helper", 8080: "owner"}[where]]++
		_ = unix.Close(sock)
		channel = again(t, channel, err)
	}
	t.Log(outcomes)
}

// P8: no form of an address is more than policy gives.
func TestP8Forms(t *testing.T) {
	const policy = "127.0.0.1,80\n::1,80\n"
	kit.Allow(t, "byuid/61001", policy)
	_, channel := served(t)
	for _, addr := range []string{
		"::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "0.0.0.0", "::", "127.0.0.2", "255.255.255.255",
		"224.0.0.1", "127.255.255.255", "::2", "ff02::1", "fe80::1", "fec0::1", "2002:7f00:1::", "::ffff:0.0.0.0", "::1:0",
	} {
		a := netip.MustParseAddr(addr)
		domain := unix.AF_INET6
		if a.Is4() {
			domain = unix.AF_INET
		}
		sock := socket(t, domain, unix.SOCK_DGRAM, 0)
		reply, err := ask(t, channel, kit.Request(1, netip.AddrPortFrom(a, 80)), sock)
		if err != nil || reply.Verdict != helper.Deny || boundTo(t, sock).Port() != 0 {
			t.Errorf("%s: %+v, %v", addr, reply, err)
		}
	}
	scoped := helper.AppendRequest(nil, helper.Request{ID: 1, Addr: netip.MustParseAddrPort("[::1]:80"), ScopeID: 1 << 30})
	if reply, err := ask(t, channel, scoped, socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0)); err != nil || reply.Verdict != helper.Permit {
		t.Errorf("a scope id on ::1 is the kernel's to judge: %+v, %v", reply, err)
	}
}

// P8: IPV6_V6ONLY, flipped all the time by another thread, opens nothing: "::" is
// judged as what it can become, whatever the option says.
func TestP8Flipped(t *testing.T) {
	kit.Allow(t, "byuid/61001", "0.0.0.0,80\n::1,80\n")
	_, channel := served(t)
	sock := socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0)
	var stop atomic.Bool
	flips := make(chan int)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			_ = unix.SetsockoptInt(sock, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, n&1)
		}
		flips <- n
	}()
	n := scaled(3000)
	for range n {
		reply, err := ask(t, channel, kit.Request(1, netip.MustParseAddrPort("[::]:80")), sock)
		if err == nil && reply.Verdict != helper.Deny || boundTo(t, sock).Port() != 0 {
			t.Fatalf("%+v, bound to %v", reply, boundTo(t, sock))
		}
		channel = again(t, channel, err)
	}
	stop.Store(true)
	t.Logf("%d requests, %d flips", n, <-flips)
}

// reuse binds port 80 with SO_REUSEPORT, and waits for the end of its input.
const reuse = `import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", 80))
    s.listen()
    print("bound", flush=True)
except OSError as e:
    print("refused", e.errno, flush=True)
sys.stdin.read()
`

// P9: SO_REUSEPORT shares a port among sockets of one user, though another may
// bind it, too: the socket stays its maker's.
func TestP9Reuse(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.MustRun(t, testenv.Root.Command("setfacl", "-m", "u:gbbob:x", kit.Byport+"/80"))
	for _, who := range []testenv.User{testenv.Alice, testenv.Alice, testenv.Bob} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		cmd := kit.Under(t, who, kit.LaunchModes()[0], "python3", "-c", reuse)
		cmd.Stdin = r
		p := kit.Start(t, cmd)
		_ = r.Close()
		kit.WaitOut(t, p, "\n")
		want := "bound"
		if who.UID == testenv.Bob.UID {
			want = "refused 98" // EADDRINUSE
		}
		if got := strings.TrimSpace(p.Out()); got != want {
			t.Errorf("%s: %q, want %q", who.Name, got, want)
		}
	}
}

// P9: options that let a socket take addresses which are not the machine's change
// nothing about which ones policy gives.
func TestP9Options(t *testing.T) {
	kit.Allow(t, "byuid/61001", "192.0.2.1,80\n")
	_, channel := served(t)
	for name, option := range map[string][3]int{
		"IP_FREEBIND": {unix.IPPROTO_IP, unix.IP_FREEBIND, 1}, "IP_TRANSPARENT": {unix.IPPROTO_IP, unix.IP_TRANSPARENT, 1},
	} {
		for where, want := range map[string]bool{"192.0.2.1:80": true, "192.0.2.2:80": false, "192.0.2.1:81": false} {
			sock := kit.TCPSocket(t)
			if err := unix.SetsockoptInt(sock, option[0], option[1], option[2]); err != nil {
				t.Fatal(name, err)
			}
			reply, err := ask(t, channel, kit.Request(1, netip.MustParseAddrPort(where)), sock)
			if err != nil || reply.Bound() != want || kit.IsBound(t, sock) != want {
				t.Errorf("%s, %s: %+v, %v", name, where, reply, err)
			}
		}
	}
	sock := kit.TCPSocket(t)
	if err := unix.BindToDevice(sock, "lo"); err != nil {
		t.Fatal(err)
	}
	if reply, err := ask(t, channel, kit.Request(1, kit.Port80), sock); err != nil || reply.Verdict != helper.Deny {
		t.Errorf("SO_BINDTODEVICE: %+v, %v", reply, err)
	}
}
