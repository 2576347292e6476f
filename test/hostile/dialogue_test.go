package hostile

import (
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// A dialogue is what a user says to a helper by hand. It checks after each request
// that there is one audit record more, and no descriptor.
type dialogue struct {
	p       *kit.Process
	channel int
	log     *testenv.Syslog
	asked   int
	open    int // descriptors of the helper
}

// speak starts a helper for the user, over the way that prepare makes of the
// command.
func speak(t *testing.T, u testenv.User, log *testenv.Syslog) *dialogue {
	t.Helper()
	p, channel := called(t, u, plainly)
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatalf("status %d", status)
	}
	d := &dialogue{p: p, channel: channel, log: log, open: kit.OpenFiles(t, p.Cmd.Process.Pid)}
	d.unserved(t, "port 0", helper.ReasonPort, kit.Request(0, netip.AddrPortFrom(kit.Port80.Addr(), 0)), kit.TCPSocket(t))
	return d
}

// request sends a message with descriptors and returns the reply.
func (d *dialogue) request(t *testing.T, name string, message []byte, fds ...int) helper.Reply {
	t.Helper()
	reply, err := ask(t, d.channel, message, fds...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	d.asked++
	d.check(t, name)
	return reply
}

// check compares records and descriptors with what they must be.
func (d *dialogue) check(t *testing.T, name string) {
	t.Helper()
	of := fmt.Sprintf("gobind-helper[%d]:", d.p.Cmd.Process.Pid)
	kit.Eventually(t, func() error {
		if got := len(d.log.Records(of)); got != d.asked {
			return fmt.Errorf("%s: %d audit records of %d requests", name, got, d.asked)
		}
		return nil
	})
	d.holdsNothing(t, name)
}

// holdsNothing compares the helper's descriptors with what they were.
func (d *dialogue) holdsNothing(t *testing.T, name string) {
	t.Helper()
	if open := kit.OpenFiles(t, d.p.Cmd.Process.Pid); open != d.open {
		t.Errorf("%s: it holds %d descriptors, %d before", name, open, d.open)
	}
}

// unserved makes a request that must not be judged, for that reason.
func (d *dialogue) unserved(t *testing.T, name string, why helper.Reason, message []byte, fds ...int) {
	t.Helper()
	if r := d.request(t, name, message, fds...); r.Verdict != helper.Unserved || r.Reason != why || r.Errno == 0 {
		t.Errorf("%s: %+v, want reason %d", name, r, why)
	}
}

// bound makes a request for a socket that must be bound.
func (d *dialogue) bound(t *testing.T, name string, addr netip.AddrPort, fd int) {
	t.Helper()
	if r := d.request(t, name, kit.Request(1, addr), fd); !r.Bound() || nameOf(t, fd) != addr {
		t.Errorf("%s: %+v, and it is bound to %v", name, r, nameOf(t, fd))
	}
}

// fails makes a request that is permitted, and the kernel's answer to it.
func (d *dialogue) fails(t *testing.T, name string, errno unix.Errno, addr netip.AddrPort, fd int) {
	t.Helper()
	before := nameOf(t, fd)
	r := d.request(t, name, kit.Request(1, addr), fd)
	if r.Verdict != helper.Permit || unix.Errno(r.Errno) != errno || nameOf(t, fd) != before {
		t.Errorf("%s: %+v, want %v; it is bound to %v", name, r, errno, nameOf(t, fd))
	}
}

// nameOf is the address that an inet socket is bound to, as the kernel has it;
// zero if it has no port.
func nameOf(t *testing.T, fd int) netip.AddrPort {
	t.Helper()
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	var addr netip.AddrPort
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		addr = netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port))
	case *unix.SockaddrInet6:
		addr = netip.AddrPortFrom(netip.AddrFrom16(name.Addr), uint16(name.Port))
	default:
		t.Fatalf("an address of %T", name)
	}
	if addr.Port() == 0 {
		return netip.AddrPort{}
	}
	return addr
}

// socketOf is a new socket of this process, closed when the test ends. An errno
// says that the kernel has no such socket, and then there is nothing to pass.
func socketOf(t *testing.T, domain, kind, protocol int) (int, error) {
	t.Helper()
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
	if err == nil {
		t.Cleanup(func() { _ = unix.Close(fd) })
	}
	return fd, err
}

// socketFor is a new socket for an address, which may be used again; it is closed when
// the test ends.
func socketFor(t *testing.T, addr netip.Addr, kind int) int {
	t.Helper()
	fd := briefly(t, addr, kind)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// briefly is the same for a caller who closes it before.
func briefly(t *testing.T, addr netip.Addr, kind int) int {
	t.Helper()
	domain := unix.AF_INET6
	if addr.Is4() {
		domain = unix.AF_INET
	}
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	return fd
}
