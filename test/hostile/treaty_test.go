package hostile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// served starts a helper of Alice's that serves, and returns it and its channel.
func served(t *testing.T) (*kit.Process, int) {
	t.Helper()
	p, channel := called(t, testenv.Alice, plainly)
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatalf("status %d", status)
	}
	return p, channel
}

// again returns a channel on which the next request is served: the same, or a new
// helper's if that one was ended, as it may.
func again(t *testing.T, channel int, err error) int {
	t.Helper()
	if err == nil {
		return channel
	}
	_, fresh := served(t)
	return fresh
}

// socket is a new socket of the test's, which is root.
func socket(t *testing.T, domain, kind, protocol int) int {
	t.Helper()
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		t.Fatalf("socket(%d, %d, %d): %v", domain, kind, protocol, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// P1: frames that are not requests are refused, however many, and good ones among
// them are served as ever.
func TestP1Frames(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	_, channel := served(t)
	good := kit.Request(7, kit.Port80)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	for i := range 3000 {
		frame := slices.Clone(good)
		switch i % 4 {
		case 0:
			frame[random.IntN(len(frame))] ^= byte(1 << random.IntN(8))
		case 1:
			frame = frame[:random.IntN(len(frame))]
		case 2:
			frame = append(frame, make([]byte, 1+random.IntN(2000))...)
		default:
			frame = make([]byte, 1+random.IntN(600))
			for j := range frame {
				frame[j] = byte(random.Uint32())
			}
		}
		sock := kit.TCPSocket(t)
		reply, err := ask(t, channel, frame, sock)
		parsed, malformed := helper.ParseRequest(frame)
		if malformed != nil && err == nil && (reply.Verdict != helper.Unserved || reply.Reason != helper.ReasonFrame) {
			t.Fatalf("%q: %+v", frame, reply)
		}
		if reply.Bound() && (malformed != nil || parsed.Addr.Port() != 80) || kit.IsBound(t, sock) != reply.Bound() {
			t.Fatalf("%q: %+v, bound: %v", frame, reply, kit.IsBound(t, sock))
		}
		_ = unix.Close(sock)
		channel = again(t, channel, err)
	}
	for _, kind := range []byte{0, 1, 3, 4, 255} {
		frame := slices.Clone(good)
		frame[5] = kind
		if reply, err := ask(t, channel, frame, kit.TCPSocket(t)); err == nil && reply.Reason != helper.ReasonFrame {
			t.Errorf("type %d: %+v", kind, reply)
		}
	}
}

// P2: exactly one descriptor, and none is kept.
func TestP2Descriptors(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	p, channel := served(t)
	good := kit.Request(1, kit.Port80)
	if reply, err := ask(t, channel, good, kit.TCPSocket(t)); err != nil || !reply.Bound() { // and it has its way to syslog
		t.Fatal(reply, err)
	}
	before := kit.OpenFiles(t, p.Cmd.Process.Pid)
	for _, count := range []int{0, 2, 3, 4, 100, 253} {
		sock := kit.TCPSocket(t)
		fds := make([]int, count)
		for i := range fds {
			fds[i] = sock
		}
		reply, err := ask(t, channel, good, fds...)
		if err != nil || reply.Verdict != helper.Unserved || reply.Reason != helper.ReasonFrame || kit.IsBound(t, sock) {
			t.Errorf("%d descriptors: %+v, %v", count, reply, err)
		}
	}
	if reply, err := ask(t, channel, []byte("GBND"), kit.TCPSocket(t)); err != nil || reply.Reason != helper.ReasonFrame {
		t.Errorf("in a frame of no type: %+v, %v", reply, err)
	}
	if after := kit.OpenFiles(t, p.Cmd.Process.Pid); after != before {
		t.Errorf("it holds %d descriptors, %d before", after, before)
	}
}

// P2: where descriptors do not fit (MSG_CTRUNC), those that arrived are closed, and
// nothing is bound, also where exactly one arrived.
func TestP2Truncated(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for limit := 5; limit <= 12; limit++ {
		p, channel := called(t, testenv.Alice, through("prlimit", fmt.Sprintf("--nofile=%d", limit)))
		if frame, err := receive(t, channel); err != nil || frame[8] != byte(helper.StatusReady) {
			continue // too few to start with
		}
		sock := kit.TCPSocket(t)
		for range 20 {
			reply, err := ask(t, channel, kit.Request(1, kit.Port80), slices.Repeat([]int{sock}, 50)...)
			if err != nil || reply.Reason != helper.ReasonFrame || kit.IsBound(t, sock) {
				t.Fatalf("%d: %+v, %v", limit, reply, err)
			}
		}
		if open := kit.OpenFiles(t, p.Cmd.Process.Pid); open > 6 {
			t.Errorf("%d: it holds %d descriptors", limit, open)
		}
		if reply, err := ask(t, channel, kit.Request(1, kit.Port80), sock); err == nil && reply.Bound() != kit.IsBound(t, sock) {
			t.Errorf("%d: then: %+v", limit, reply)
		}
		_ = unix.Shutdown(channel, unix.SHUT_RDWR)
		p.Wait(t)
	}
}

// P3 and P4: what is no inet socket of a known kind is refused, policy or not.
func TestP3P4Objects(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.MustRun(t, testenv.Root.Command("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"))
	p, channel := served(t)
	objects := map[string]int{"its channel": channel}
	must := func(name string, fd int, err error) {
		t.Helper()
		if err != nil {
			t.Logf("%s cannot be had: %v", name, err)
			return
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		objects[name] = fd
	}
	open := func(name, path string, flags int) {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
		must(name, fd, err)
	}
	open("a file", "/etc/passwd", unix.O_RDONLY)
	open("a path", "/etc", unix.O_PATH)
	open("a directory", "/etc", unix.O_DIRECTORY)
	open("/dev/null", "/dev/null", unix.O_RDWR)
	open("a namespace", "/proc/self/ns/net", unix.O_RDONLY)
	var pipe [2]int
	must("a pipe", func() int { _ = unix.Pipe2(pipe[:], unix.O_CLOEXEC); return pipe[0] }(), nil)
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	must("an epoll", fd, err)
	fd, err = unix.MemfdCreate("x", unix.MFD_CLOEXEC)
	must("a memfd", fd, err)
	fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	must("an eventfd", fd, err)
	fd, err = unix.PidfdOpen(os.Getpid(), 0)
	must("a pidfd", fd, err)
	fd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	must("a timerfd", fd, err)
	must("a listener", seccompListener(t), nil)
	for name, s := range map[string][3]int{
		"unix stream": {unix.AF_UNIX, unix.SOCK_STREAM, 0}, "unix datagram": {unix.AF_UNIX, unix.SOCK_DGRAM, 0},
		"netlink audit": {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT}, "netlink": {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE},
		"packet": {unix.AF_PACKET, unix.SOCK_RAW, 0}, "vsock": {unix.AF_VSOCK, unix.SOCK_STREAM, 0},
		"crypto": {unix.AF_ALG, unix.SOCK_SEQPACKET, 0}, "raw icmp": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP},
		"raw tcp": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_TCP}, "raw udp": {unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_UDP},
		"ping": {unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, "ping6": {unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6},
		"l2tp": {unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_L2TP}, "bluetooth": {unix.AF_BLUETOOTH, unix.SOCK_RAW, 0},
		"tipc": {unix.AF_TIPC, unix.SOCK_SEQPACKET, 0}, "xdp": {unix.AF_XDP, unix.SOCK_RAW, 0}, "can": {unix.AF_CAN, unix.SOCK_RAW, 1},
	} {
		fd, err := unix.Socket(s[0], s[1]|unix.SOCK_CLOEXEC, s[2])
		must(name, fd, err)
	}
	before := kit.OpenFiles(t, p.Cmd.Process.Pid)
	for name, fd := range objects {
		reply, err := ask(t, channel, kit.Request(1, kit.Port80), fd)
		if err != nil || reply.Verdict != helper.Unserved || reply.Reason != helper.ReasonSocket {
			t.Errorf("%s: %+v, %v", name, reply, err)
		}
	}
	if after := kit.OpenFiles(t, p.Cmd.Process.Pid); after > before+1 { // its way to syslog
		t.Errorf("it holds %d descriptors, %d before", after, before)
	}
	t.Logf("%d objects", len(objects))
}

// seccompListener is the listener of a filter on a thread that ends at once.
func seccompListener(t *testing.T) int {
	t.Helper()
	got := make(chan int)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends, and its filter
		got <- loadListener()
	}()
	return <-got
}

// P5: a socket of another network namespace, made by its user or by root and
// passed twice, is told by its cookie.
func TestP5Namespaces(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	_, channel := served(t)
	made := make(chan int)
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Error(err)
		}
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
		}
		made <- fd
	}()
	fd := <-made
	t.Cleanup(func() { _ = unix.Close(fd) })
	for range 2 {
		reply, err := ask(t, channel, kit.Request(1, kit.Port80), fd)
		if err != nil || reply.Reason != helper.ReasonNamespace || kit.IsBound(t, fd) {
			t.Errorf("%+v, %v", reply, err)
		}
	}
	if kit.Unshares(t, "-Urn") { // the user's own namespace: what it grants, the kernel says
		_, channel := called(t, testenv.Alice, through("unshare", "-Urn"))
		if got := bindsTruly(t, channel); got == "bound" {
			t.Error("a helper in a namespace of its user's binds a socket of another")
		}
	}
}

// P7 and P7b: what is no canonical frame of an address is refused; a family other
// than the socket's is the kernel's error, and nothing is bound.
func TestP7Addresses(t *testing.T) {
	kit.Allow(t, "byuid/61001", "0.0.0.0/0,0-511\n::/0,0-511\n")
	_, channel := served(t)
	good4, good6 := kit.Request(1, kit.Port80), kit.Request(1, netip.MustParseAddrPort("[::1]:80"))
	change := func(frame []byte, at int, value byte) []byte {
		changed := slices.Clone(frame)
		changed[at] = value
		return changed
	}
	for name, frame := range map[string][]byte{
		"family 0": change(good4, 13, 0), "family 2": change(good4, 13, 2), "family 10": change(good6, 13, 10),
		"family 255": change(good4, 13, 255), "IPv4 with a scope": change(good4, 19, 1), "junk after IPv4": change(good4, 35, 1),
		"junk at the end": change(good4, 63, 1), "junk in the name": change(good4, 55, 'x'), "flag": change(good4, 12, 2),
		"mode": change(good4, 56, 3), "version": change(good4, 4, 2), "length": change(good4, 7, 63),
	} {
		sock := kit.TCPSocket(t)
		if reply, err := ask(t, channel, frame, sock); err != nil || reply.Reason != helper.ReasonFrame || kit.IsBound(t, sock) {
			t.Errorf("%s: %+v, %v", name, reply, err)
		}
	}
	for name, c := range map[string]struct {
		frame []byte
		sock  int
		errno unix.Errno
	}{
		"IPv6 on an IPv4 socket": {good6, kit.TCPSocket(t), unix.EAFNOSUPPORT},
		"IPv4 on an IPv6 socket": {good4, socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0), unix.EINVAL},
	} {
		if reply, err := ask(t, channel, c.frame, c.sock); err != nil || reply.Bound() || reply.Errno != uint16(c.errno) {
			t.Errorf("%s: %+v, %v", name, reply, err)
		}
	}
	for _, port := range []uint16{0, 1024, 8080, 65535} {
		frame := slices.Clone(good4)
		binary.BigEndian.PutUint16(frame[14:], port)
		sock := kit.TCPSocket(t)
		if reply, err := ask(t, channel, frame, sock); err != nil || reply.Reason != helper.ReasonPort || kit.IsBound(t, sock) {
			t.Errorf("port %d: %+v, %v", port, reply, err)
		}
	}
}

// P7: the address that is judged is bit for bit the one that is bound.
func TestP7JudgedIsBound(t *testing.T) {
	kit.MustRun(t, testenv.Root.Command("ip", "addr", "add", "2001:db8::7/128", "dev", "lo", "nodad"))
	t.Cleanup(func() { kit.MustRun(t, testenv.Root.Command("ip", "addr", "del", "2001:db8::7/128", "dev", "lo")) })
	for _, where := range []string{"127.0.0.1:81", "127.3.2.1:82", "0.0.0.0:83", "[::1]:84", "[2001:db8::7]:85", "[::]:86", "[::ffff:127.0.0.1]:87"} {
		addr := netip.MustParseAddrPort(where)
		kit.Allow(t, "byuid/61001", byUIDLine(addr))
		_, channel := served(t) // the file is a new one
		domain := unix.AF_INET6
		if addr.Addr().Is4() {
			domain = unix.AF_INET
		}
		sock := socket(t, domain, unix.SOCK_STREAM, 0)
		reply, err := ask(t, channel, kit.Request(1, addr), sock)
		if err != nil || !reply.Bound() {
			t.Errorf("%s: %+v, %v", where, reply, err)
			continue
		}
		if got := boundTo(t, sock); got != addr {
			t.Errorf("%s was judged, and %s is bound", where, got)
		}
	}
}

// byUIDLine is a line of a byuid file for one address and port.
func byUIDLine(addr netip.AddrPort) string {
	return fmt.Sprintf("%s,%d\n", addr.Addr().StringExpanded(), addr.Port())
}

// boundTo is the address of a socket.
func boundTo(t *testing.T, fd int) netip.AddrPort {
	t.Helper()
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// P10: what a frame claims is in the record as a claim, quoted, and decides nothing.
func TestP10Claims(t *testing.T) {
	kit.Grant(t, "80", testenv.Bob)
	log := testenv.StartSyslog(t)
	_, channel := served(t)
	hostile := "\n\x1b[31m\" uid=0"
	frame := helper.AppendRequest(nil, helper.Request{ID: 1, Addr: kit.Port80, Claim: helper.Claim{PID: 1, Program: hostile, Mode: 1}})
	if reply, err := ask(t, channel, frame, kit.TCPSocket(t)); err != nil || reply.Verdict != helper.Deny {
		t.Errorf("%+v, %v", reply, err)
	}
	kit.Eventually(t, func() error {
		if n := len(log.Records("gobind-helper[")); n != 1 {
			return fmt.Errorf("%d records", n)
		}
		return nil
	})
	record := log.Records("gobind-helper[")[0]
	if !strings.Contains(record, " uid=61001 ") || !strings.Contains(record, ` claimed_pid=1 claimed_program="\n\x1b[31m\" uid=0"`) ||
		strings.ContainsAny(record, "\n\x1b") || !bytes.HasPrefix([]byte(record), []byte("<84>gobind-helper[")) {
		t.Errorf("%q", record)
	}
}
