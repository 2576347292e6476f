package hostile

import (
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// P6: a socket that cannot be bound any more, or not there, is told so by the
// kernel's errno.
func TestP6KernelsErrno(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	any4 := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	listener, peer, udp := kit.TCPSocket(t), kit.TCPSocket(t), socketFor(t, kit.Port80.Addr(), unix.SOCK_DGRAM)
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	must(unix.Bind(listener, any4), unix.Listen(listener, 1))
	name, err := unix.Getsockname(listener)
	must(err, unix.Connect(peer, name), unix.Connect(udp, name))
	accepted, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	must(err)
	d.fails(t, "listening", unix.EINVAL, kit.Port80, listener)
	d.fails(t, "connected", unix.EINVAL, kit.Port80, peer)
	d.fails(t, "accepted", unix.EINVAL, kit.Port80, accepted)
	d.fails(t, "datagrams, connected", unix.EINVAL, kit.Port80, udp)
	must(unix.Close(accepted))
	d.fails(t, "closed at the other end", unix.EINVAL, kit.Port80, peer)

	sock := kit.TCPSocket(t)
	d.bound(t, "new", kit.Port80, sock)
	d.fails(t, "bound already", unix.EINVAL, kit.Port80, sock)
	must(unix.Listen(sock, 1))
	d.fails(t, "taken", unix.EADDRINUSE, kit.Port80, kit.TCPSocket(t))
	d.fails(t, "not ours", unix.EADDRNOTAVAIL, netip.MustParseAddrPort("192.0.2.1:80"), kit.TCPSocket(t))
	six := socketFor(t, netip.IPv6Loopback(), unix.SOCK_STREAM)
	d.fails(t, "IPv4 on IPv6", unix.EINVAL, kit.Port80, six)
	d.fails(t, "IPv6 on IPv4", unix.EAFNOSUPPORT, netip.MustParseAddrPort("[::1]:80"), kit.TCPSocket(t))
}

// P6: the caller binds the socket while the helper has it. One of them does, and
// the helper says which.
func TestP6BoundMeanwhile(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	var wins int
	for range 300 {
		sock := briefly(t, kit.Port80.Addr(), unix.SOCK_STREAM)
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			_ = unix.Bind(sock, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 8080})
		}()
		reply, err := ask(t, d.channel, kit.Request(1, kit.Port80), sock)
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		addr := nameOf(t, sock)
		if reply.Verdict != helper.Permit || reply.Bound() != (addr.Port() == 80) || !reply.Bound() && unix.Errno(reply.Errno) != unix.EINVAL {
			t.Errorf("%+v, and it is bound to %v", reply, addr)
		}
		if reply.Bound() {
			wins++
		}
		_ = unix.Close(sock)
	}
	t.Logf("the helper was first %d of 300 times", wins)
	stopped(t, d)
}

// stopped does the same with a helper that is stopped meanwhile: then it is second.
func stopped(t *testing.T, d *dialogue) {
	t.Helper()
	sock := kit.TCPSocket(t)
	kit.Kill(t, d.p.Cmd.Process.Pid, unix.SIGSTOP)
	kit.WaitState(t, d.p.Cmd.Process.Pid, "T")
	if err := unix.Sendmsg(d.channel, kit.Request(1, kit.Port80), unix.UnixRights(sock), nil, unix.MSG_NOSIGNAL); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(sock, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 8081}); err != nil {
		t.Fatal(err)
	}
	kit.Kill(t, d.p.Cmd.Process.Pid, unix.SIGCONT)
	frame, err := receive(t, d.channel)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := helper.ParseReply(frame)
	if err != nil || unix.Errno(reply.Errno) != unix.EINVAL || nameOf(t, sock).Port() != 8081 {
		t.Errorf("%+v, %v, and it is bound to %v", reply, err, nameOf(t, sock))
	}
}
