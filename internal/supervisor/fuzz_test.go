package supervisor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/seccomp"
	"gobind/test/descriptors"
	"gobind/test/netns"
)

// Whatever a notification holds and the target's memory says, an address comes out
// of it only by a length that the memory was read with, once for each.
func FuzzNotification(f *testing.F) {
	v4 := []byte{2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	f.Add(uint32(0xc000003e), int32(49), uint64(3), uint64(4096), uint64(16), v4)
	f.Add(uint32(0x40000003), int32(102), uint64(2), uint64(4096), uint64(0), v4)
	f.Add(uint32(0x40000003), int32(361), uint64(3), uint64(1)<<40, uint64(28), v4)
	f.Add(uint32(0xc00000b7), int32(200), ^uint64(0), uint64(4096), uint64(1)<<32|16, v4)
	f.Fuzz(func(t *testing.T, arch uint32, nr int32, a, b, c uint64, memory []byte) {
		reads := 0
		read := func(_ uint64, buf []byte) bool {
			reads++
			return copy(buf, memory) == len(buf)
		}
		data := seccomp.Data{Nr: nr, Arch: arch, Args: [6]uint64{a, b, c}}
		call, ok := data.Bind(read)
		if !ok {
			return
		}
		before := reads
		addr, ok := copyAddress(call, read)
		if reads-before > 1 {
			t.Errorf("the address was read %d times", reads-before)
		}
		if ok && (call.AddrLen < minInet4 || call.AddrLen > maxSockaddr || int(call.AddrLen) > len(memory)) {
			t.Errorf("%+v: %v", call, addr)
		}
	})
}

// Real notifications of a real thread, whose call and memory are anything, and a
// helper that answers anything. The helper is asked for exactly the binds that are
// ours, about the address that the kernel would read and with the very socket. The
// thread sees success for a privileged port if and only if a permit without errno
// came for its request, the helper's errno where it gave one, and else what the
// kernel says. Nothing is bound but by the helper, and no descriptor is left.
func FuzzSupervisor(f *testing.F) {
	ready := helper.AppendHello(nil, helper.StatusReady)
	permit := helper.AppendReply(nil, helper.Reply{ID: 1, Verdict: helper.Permit})
	v4, v6 := raw(unix.AF_INET, 80, 16, 127, 0, 0, 1), raw(unix.AF_INET6, 443, 28, 0, 0, 0, 0, 0x20, 1)
	f.Add(v4, uint32(16), uint8(0), false, ready, permit)
	f.Add(v6, uint32(28), uint8(1), true, ready, permit)
	f.Add(append(v6[:24:24], 3, 0, 0, 0), uint32(28), uint8(1), false, ready, permit)
	f.Add(append(v6[:24:24], 3, 0, 0, 0), uint32(24), uint8(3), false, ready, permit)
	f.Add(v4, uint32(16), uint8(0), true, ready, helper.AppendReply(nil, helper.Reply{ID: 1, Errno: 1}))
	f.Add(v4, uint32(16), uint8(0), false, ready, helper.AppendReply(nil, helper.Reply{ID: 1, Verdict: helper.Permit, Errno: 98}))
	f.Add(v4, uint32(16), uint8(0), false, ready, helper.AppendReply(nil, helper.Reply{ID: 1, Verdict: helper.Permit, Errno: 5000}))
	f.Add(v4, uint32(16), uint8(0), false, ready, helper.AppendReply(nil, helper.Reply{ID: 1, Verdict: helper.Unserved, Reason: helper.ReasonRestart}))
	f.Add(v4, uint32(16), uint8(0), false, helper.AppendHello(nil, helper.StatusNosuid), permit)
	f.Add(v4, uint32(16), uint8(0), false, []byte{}, []byte{})
	f.Add(v4, uint32(28), uint8(2), false, ready, permit)
	f.Add(v4, ^uint32(0), uint8(3), false, ready, permit)
	f.Add(raw(unix.AF_INET, 80, 128, 127, 0, 0, 1), uint32(128), uint8(4), true, ready, permit)
	target := startTarget(f)
	f.Fuzz(func(t *testing.T, memory []byte, length uint32, kind uint8, authbind bool, hello, reply []byte) {
		if len(memory) > maxSockaddr || len(hello) > helper.MaxFrame || len(reply) > helper.MaxFrame {
			return
		}
		socket := target.descriptor(t, kind)
		before := descriptors.Open(64)
		d := &scriptedDoor{frames: [][]byte{hello, reply}}
		s := target.supervisor(d.open, authbind)
		errno := target.bind(t, s, socket, memory, length)
		for _, c := range s.helpers.clients {
			_ = c.conn.Close()
		}
		s.thread.close()
		d.hear()
		check(t, s, d, observed{socket: socket, memory: memory, length: length, hello: hello, reply: reply, errno: errno})
		if after := descriptors.Open(64); after > before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
		_ = unix.Close(socket)
	})
}

// observed is one bind and what came of it.
type observed struct {
	socket       int
	memory       []byte
	length       uint32
	hello, reply []byte
	errno        unix.Errno
}

// check compares with what must be, told anew from docs/protocol.md and ip(7).
func check(t *testing.T, s *Supervisor, d *scriptedDoor, o observed) {
	t.Helper()
	about := fmt.Sprintf("memory %x, length %d, hello %q, reply %q: errno %v", o.memory, int32(o.length), o.hello, o.reply, o.errno)
	addr, ours := o.ours(s)
	if asked := len(d.asked) > 0; asked != ours {
		t.Errorf("%s: asked: %v, want %v", about, asked, ours)
	}
	for _, q := range d.asked {
		if q.cookie != cookieOf(o.socket) || q.request.Addr != addr.AddrPort || q.request.ScopeID != addr.scope || q.request.Authbind != s.Authbind {
			t.Errorf("%s: asked %+v, want %v scope %d", about, q, addr, addr.scope)
		}
	}
	want, decided := o.decision()
	switch port := portOf(o.socket); {
	case 0 < port && port < 1024:
		t.Errorf("%s: bound to port %d", about, port)
	case ours && decided && o.errno != want:
		t.Errorf("%s, want %v", about, want)
	case ours && !decided && o.errno == 0 && port == 0:
		t.Errorf("%s: success of nothing", about)
	}
}

// ours is the address if the helper is to be asked.
func (o observed) ours(s *Supervisor) (address, bool) {
	n := int32(o.length)
	if n < 16 || n > 31 && n < 111 || n > 128 || int(n) > len(o.memory) {
		return address{}, false
	}
	m, port := o.memory, binary.BigEndian.Uint16(o.memory[2:])
	var a address
	switch family := binary.NativeEndian.Uint16(m); {
	case family == unix.AF_INET:
		a.AddrPort = netip.AddrPortFrom(netip.AddrFrom4([4]byte(m[4:])), port)
	case family == unix.AF_INET6 && n >= 24:
		a.AddrPort = netip.AddrPortFrom(netip.AddrFrom16([16]byte(m[8:])), port)
		if n >= 28 {
			a.scope = binary.NativeEndian.Uint32(m[24:])
		}
	default:
		return a, false
	}
	inet := slices.Contains([]string{"tcp", "udp"}, protocolOf(o.socket))
	return a, 0 < port && port < 1024 && (inet || s.Authbind && o.socket >= 0)
}

// decision is what the helper's frames say to this one request; false if the
// kernel decides.
func (o observed) decision() (unix.Errno, bool) {
	status, err1 := helper.ParseHello(o.hello)
	reply, err2 := helper.ParseReply(o.reply)
	if err1 != nil || err2 != nil || status != helper.StatusReady || reply.ID != 1 || reply.Reason == helper.ReasonRestart {
		return 0, false
	}
	switch {
	case reply.Verdict == helper.Permit:
		return unix.Errno(reply.Errno), true
	case reply.Verdict == helper.Deny && reply.Errno == 0:
		return unix.EACCES, true
	case reply.Verdict == helper.Deny:
		return unix.Errno(reply.Errno), true
	default:
		return 0, false
	}
}

// scriptedDoor opens channels to a helper that says the frames and ends.
type scriptedDoor struct {
	frames [][]byte
	theirs []int
	asked  []question
}

// question is what such a helper was asked: a request and the socket with it.
type question struct {
	request helper.Request
	cookie  uint64
}

func (d *scriptedDoor) open(*identity) (*client.Conn, error) {
	d.hear()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	for _, frame := range d.frames {
		if err := unix.Sendmsg(pair[1], frame, nil, nil, unix.MSG_DONTWAIT); err != nil {
			return nil, err
		}
	}
	d.theirs = append(d.theirs, pair[1])
	return client.New(pair[0]), unix.Shutdown(pair[1], unix.SHUT_WR)
}

// hear reads what came over the channels.
func (d *scriptedDoor) hear() {
	for _, channel := range d.theirs {
		frame, fds, err := helper.Receive(channel, new(helper.Buffer))
		if errors.Is(err, unix.ECONNRESET) { // told once, and before what was sent
			frame, fds, err = helper.Receive(channel, new(helper.Buffer))
		}
		q := question{}
		if request, bad := helper.ParseRequest(frame); err == nil && bad == nil && len(fds) == 1 {
			q = question{request, cookieOf(fds[0])}
		}
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
		_ = unix.Close(channel)
		d.asked = append(d.asked, q)
	}
	d.theirs = nil
}

// silent tells nobody.
type silent struct{}

func (silent) Refused(Refusal) {}
func (silent) Trouble(Trouble) {}

func portOf(fd int) int {
	addr, err := unix.Getsockname(fd)
	if err != nil {
		return 0
	}
	switch a := addr.(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	default:
		return 0
	}
}

// An identity that is taken from a status file says what one line each of the file
// says.
func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(status))
	f.Add([]byte(strings.ReplaceAll(status, "\t", " ")))
	f.Add([]byte(strings.Replace(status, "java", "Uid:\t0\t0\t0\t0", 1)))
	f.Add([]byte(status + "Uid:\t0\t0\t0\t0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := parseStatus(b)
		if err != nil {
			return
		}
		values := map[string][]string{}
		for line := range strings.Lines(string(b)) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
			values[key] = append(values[key], value)
		}
		ids := func(key string) []string {
			if len(values[key]) != 1 {
				t.Fatalf("%q: %d lines of %s", b, len(values[key]), key)
			}
			return strings.Fields(values[key][0])
		}
		is := func(text string, n uint32) bool {
			got, err := strconv.ParseUint(text, 10, 32)
			return err == nil && uint32(got) == n
		}
		uid, gid, groups := ids("Uid"), ids("Gid"), ids("Groups")
		if len(uid) != 4 || len(gid) != 4 || !is(uid[0], id.ruid) || !is(uid[1], id.euid) || !is(gid[0], id.rgid) {
			t.Errorf("%q: %+v", b, id)
		}
		if len(groups) != len(id.groups) || !slices.IsSorted(id.groups) {
			t.Errorf("%q: %+v", b, id)
		}
		for _, g := range groups {
			if !slices.ContainsFunc(id.groups, func(n uint32) bool { return is(g, n) }) {
				t.Errorf("%q: group %s is not in %+v", b, g, id)
			}
		}
		if len(ids("CapEff")) != 1 || len(ids("Tgid")) != 1 || len(values["Name"]) != 1 {
			t.Errorf("%q: %+v", b, id)
		}
	})
}

// Whatever the kernel's file holds, the first unprivileged port is one that the
// kernel can mean, the one that is written there, or the kernel's default.
func FuzzPortStart(f *testing.F) {
	for _, text := range []string{"1024\n", "0\n", "65536\n", "65537", "-1", "", " 80 \n", "0x50\n", "80\n\x00", "00000000000000080\n"} {
		f.Add([]byte(text))
	}
	fd, err := unix.MemfdCreate("start", unix.MFD_CLOEXEC)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = unix.Close(fd) })
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := unix.Pwrite(fd, text, 0)
		if err := errors.Join(err, unix.Ftruncate(fd, int64(len(text)))); err != nil {
			t.Fatal(err)
		}
		start := portStart{fd: fd}
		got := start.read()
		n, err := strconv.Atoi(strings.TrimSpace(string(text[:min(len(text), 16)])))
		if err != nil || n < 0 || n > 65536 {
			n = 1024
		}
		if got != n {
			t.Errorf("%q: %d, want %d", text, got, n)
		}
	})
}

// An address that is taken from a sockaddr is the one that the kernel binds when it
// is given the same bytes.
func FuzzSockaddrIsKernels(f *testing.F) {
	f.Add(raw(unix.AF_INET, 8080, 16, 192, 0, 2, 1))
	f.Add(raw(unix.AF_INET, 80, 128, 192, 0, 2, 1))
	f.Add(raw(unix.AF_INET6, 8080, 28, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8))
	f.Add(raw(unix.AF_INET6, 8080, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1))
	f.Add(raw(unix.AF_UNSPEC, 8080, 16))
	open := netns.Sockets(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := parseSockaddr(b)
		for _, domain := range []int{unix.AF_INET, unix.AF_INET6} {
			fd, err := open(domain, unix.SOCK_DGRAM, 0)
			if err := errors.Join(err, netns.AnyAddress(fd, domain)); err != nil {
				t.Fatal(err)
			}
			if len(b) > 0 && rawBind(fd, b, uint32(len(b))) == 0 {
				checkBound(t, fd, b, a, ok)
			}
			_ = unix.Close(fd)
		}
	})
}

// checkBound compares with what the kernel says the socket is bound to. Only an
// any-address without a family is the kernel's and not ours.
func checkBound(t *testing.T, fd int, b []byte, a address, ok bool) {
	t.Helper()
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	var is netip.AddrPort
	switch k := bound.(type) {
	case *unix.SockaddrInet4:
		is = netip.AddrPortFrom(netip.AddrFrom4(k.Addr), uint16(k.Port))
	case *unix.SockaddrInet6:
		is = netip.AddrPortFrom(netip.AddrFrom16(k.Addr), uint16(k.Port))
	}
	if !ok && binary.NativeEndian.Uint16(b) == unix.AF_UNSPEC {
		return
	}
	if !ok || a.Addr() != is.Addr() || a.Port() != is.Port() && a.Port() != 0 {
		t.Errorf("%x: the kernel binds %v, ours is %v, %v", b, is, a, ok)
	}
}
