package hostile

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// P2: a request has exactly one descriptor. Whatever came is closed.
func TestP2HowManyDescriptors(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	sock, good := kit.TCPSocket(t), kit.Request(1, kit.Port80)
	for _, n := range []int{0, 2, 3, 16, 253} {
		d.unserved(t, "descriptors", helper.ReasonFrame, good, slices.Repeat([]int{sock}, n)...)
	}
	d.unserved(t, "a descriptor in the wrong frame", helper.ReasonFrame, good[:40], sock)
	d.unserved(t, "and none in the right one", helper.ReasonFrame, good)
	if addr := nameOf(t, sock); addr.IsValid() {
		t.Errorf("it is bound to %v", addr)
	}
	wantClosed(t, d, 253)
	d.bound(t, "then one", kit.Port80, sock)
}

// wantClosed passes the write end of a pipe n times: when all are closed the pipe
// is at its end.
func wantClosed(t *testing.T, d *dialogue, n int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // nothing is in it
	d.unserved(t, "a pipe", helper.ReasonFrame, kit.Request(1, kit.Port80), slices.Repeat([]int{int(w.Fd())}, n)...)
	_ = w.Close()
	fds := []unix.PollFd{{Fd: int32(r.Fd()), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 0); err != nil || n != 1 || fds[0].Revents&unix.POLLHUP == 0 {
		t.Errorf("the pipe is not at its end: %v, %v", fds, err)
	}
}

// P2: descriptors that the helper has no room for never reach it (MSG_CTRUNC); those
// that do are closed.
func TestP2Truncated(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	log := testenv.StartSyslog(t)
	p, channel := called(t, testenv.Alice, through("prlimit", "--nofile=16"))
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatal(status)
	}
	d := &dialogue{p: p, channel: channel, log: log, open: kit.OpenFiles(t, p.Cmd.Process.Pid)}
	d.unserved(t, "port 0", helper.ReasonFrame, nil, kit.TCPSocket(t))
	sock := kit.TCPSocket(t)
	for range 3 {
		d.unserved(t, "more than there is room for", helper.ReasonFrame, kit.Request(1, kit.Port80), slices.Repeat([]int{sock}, 253)...)
	}
	wantClosed(t, d, 100)
	// With room for one, of two that are sent one arrives: it may not pass for the only one.
	limit := func(n int) { // which is the user's to set: the process has her ids
		pid := fmt.Sprint(p.Cmd.Process.Pid)
		kit.MustRun(t, testenv.Alice.Command("prlimit", "--pid", pid, fmt.Sprintf("--nofile=%d:16", n)))
	}
	limit(d.open + 1)
	for range 3 {
		d.unserved(t, "two, with room for one", helper.ReasonFrame, kit.Request(1, kit.Port80), sock, sock)
	}
	d.unserved(t, "one, with room for it", helper.ReasonPort, kit.Request(1, netip.AddrPortFrom(kit.Port80.Addr(), 0)), sock)
	limit(16)
	d.bound(t, "then one", kit.Port80, sock)
}

// P3: what is no socket is not bound, though policy permits the address.
func TestP3NotASocket(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	file := func(name string, flags int) func() (int, error) {
		return func() (int, error) { return unix.Open(name, flags|unix.O_CLOEXEC, 0) }
	}
	socket := kit.DirOf(t, testenv.Alice) + "/socket"
	named, err := socketOf(t, unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(named, &unix.SockaddrUnix{Name: socket}); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (int, error){
		"regular file":       file("/etc/passwd", unix.O_RDONLY),
		"for writing":        file("/etc/passwd", unix.O_RDWR),
		"directory":          file("/etc", unix.O_RDONLY),
		"O_PATH":             file("/etc/passwd", unix.O_PATH),
		"O_PATH of a socket": file(socket, unix.O_PATH),
		"/dev/null":          file("/dev/null", unix.O_RDWR),
		"/proc":              file("/proc/self/status", unix.O_RDONLY),
		"namespace":          file("/proc/self/ns/net", unix.O_RDONLY),
		"terminal":           file("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY),
		"pipe": func() (int, error) {
			var ends [2]int
			err := unix.Pipe2(ends[:], unix.O_CLOEXEC)
			_ = unix.Close(ends[0])
			return ends[1], err
		},
		"epoll":       func() (int, error) { return unix.EpollCreate1(unix.EPOLL_CLOEXEC) },
		"memfd":       func() (int, error) { return unix.MemfdCreate("socket:[1]", unix.MFD_CLOEXEC) },
		"eventfd":     func() (int, error) { return unix.Eventfd(0, unix.EFD_CLOEXEC) },
		"timerfd":     func() (int, error) { return unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC) },
		"signalfd":    func() (int, error) { return unix.Signalfd(-1, &unix.Sigset_t{}, unix.SFD_CLOEXEC) },
		"inotify":     func() (int, error) { return unix.InotifyInit1(unix.IN_CLOEXEC) },
		"pidfd":       func() (int, error) { return unix.PidfdOpen(d.p.Cmd.Process.Pid, 0) },
		"listener":    seccompListener,
		"its channel": func() (int, error) { return unix.Dup(d.channel) },
	} {
		fd, err := open()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d.unserved(t, name, helper.ReasonSocket, kit.Request(1, kit.Port80), fd)
		_ = unix.Close(fd)
	}
	d.bound(t, "then a socket", kit.Port80, kit.TCPSocket(t))
	quiet(t, "P3", d.p)
}

// P4: what is another socket than an inet one with ports is not bound, though
// policy permits the address: binding it would be another right altogether.
func TestP4OtherSockets(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 100000"), 0); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string][3]int{
		"AF_UNIX stream": {unix.AF_UNIX, unix.SOCK_STREAM, 0}, "AF_UNIX datagram": {unix.AF_UNIX, unix.SOCK_DGRAM, 0},
		"AF_UNIX seqpacket":               {unix.AF_UNIX, unix.SOCK_SEQPACKET, 0},
		"AF_NETLINK route":                {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE},
		"AF_NETLINK audit":                {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT},
		"AF_NETLINK of the number of TCP": {unix.AF_NETLINK, unix.SOCK_DGRAM, unix.IPPROTO_TCP},
		"AF_NETLINK of the number of UDP": {unix.AF_NETLINK, unix.SOCK_DGRAM, unix.IPPROTO_UDP},
		"AF_PACKET raw":                   {unix.AF_PACKET, unix.SOCK_RAW, 0}, "AF_PACKET datagram": {unix.AF_PACKET, unix.SOCK_DGRAM, 0},
		"AF_VSOCK stream": {unix.AF_VSOCK, unix.SOCK_STREAM, 0}, "AF_VSOCK datagram": {unix.AF_VSOCK, unix.SOCK_DGRAM, 0},
		"AF_ALG": {unix.AF_ALG, unix.SOCK_SEQPACKET, 0}, "AF_XDP": {unix.AF_XDP, unix.SOCK_RAW, 0},
		"AF_KEY": {unix.AF_KEY, unix.SOCK_RAW, 2}, "AF_SMC": {unix.AF_SMC, unix.SOCK_STREAM, 0},
		"AF_BLUETOOTH": {unix.AF_BLUETOOTH, unix.SOCK_SEQPACKET, 0}, "AF_CAN": {unix.AF_CAN, unix.SOCK_RAW, 1},
		"AF_TIPC": {unix.AF_TIPC, unix.SOCK_STREAM, 0}, "AF_QIPCRTR": {unix.AF_QIPCRTR, unix.SOCK_DGRAM, 0},
		"raw ICMP": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP}, "raw": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW},
		"raw TCP": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_TCP}, "raw UDP": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP},
		"raw SCTP": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_SCTP}, "raw IPv6 TCP": {unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_TCP},
		"ping": {unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, "ping IPv6": {unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6},
		"L2TP": {unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_L2TP},
	} {
		fd, err := socketOf(t, s[0], s[1], s[2])
		if err != nil {
			t.Logf("this kernel has no such socket, so none can be passed: %s: %v", name, err)
			continue
		}
		d.unserved(t, name, helper.ReasonSocket, kit.Request(1, kit.Port80), fd)
	}
}
