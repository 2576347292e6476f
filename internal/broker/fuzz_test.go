package broker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/policydir"
	"gobind/internal/sys"
	"gobind/test/descriptors"
	"gobind/test/netns"
)

// Whatever a client sends over a channel, with however many descriptors of whatever
// kind: the reply is a frame that reads back, no descriptor is left, and a socket
// is bound if and only if the reply says so, to the address of a whole request that
// came with this one socket, and by a policy that has a word for it.
func FuzzJudge(f *testing.F) {
	good := helper.AppendRequest(nil, helper.Request{ID: 1, Addr: netip.MustParseAddrPort("127.0.0.1:80")})
	for _, frame := range [][]byte{good, good[:63], append(good, 0), []byte("GBND\x01\x02\x00\x40"), nil} {
		for _, kinds := range []string{"", "\x00", "\x01", "\x06", "\x00\x00", strings.Repeat("\x02", 253)} {
			f.Add(frame, []byte(kinds), true)
			f.Add(frame, []byte(kinds), false)
		}
	}
	c := newCourt(f)
	f.Fuzz(func(t *testing.T, frame, kinds []byte, generous bool) {
		a, b := pair(t)
		own := c.descriptors(t, kinds)
		was := addresses(own)
		below := 64 + 2*len(own) // more than those can have
		before := descriptors.Open(below)
		err := unix.Sendmsg(a, frame, unix.UnixRights(own...), nil, unix.MSG_DONTWAIT)
		if err != nil && !errors.Is(err, unix.EMSGSIZE) {
			t.Fatal(err)
		}
		if err == nil {
			c.judge(t, b, own, was, generous)
		}
		if after := descriptors.Open(below); after > before {
			t.Errorf("%q, %x: %d descriptors are open, %d were before", frame, kinds, after, before)
		}
		closeAll(append(own, a, b))
	})
}

// court is a server without and one with policy for everything, and the network
// namespace that their sockets are of.
type court struct {
	open    func(domain, kind, protocol int) (int, error)
	dir     string           // the policy that has a word for everything
	servers map[bool]*server // by whether they have it
}

func newCourt(f *testing.F) *court {
	c := &court{open: netns.Sockets(f), servers: map[bool]*server{}}
	fd, err := c.open(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		f.Fatal(err)
	}
	cookie, err := sys.NetnsCookie(fd)
	if err := errors.Join(err, unix.Close(fd)); err != nil {
		f.Fatal(err)
	}
	c.dir = f.TempDir()
	policydir.AuthbindDir = filepath.Join(c.dir, "none")
	dir := filepath.Join(c.dir, "byuid")
	err = os.Mkdir(dir, 0o755)
	for _, name := range []string{"61001", "!61001"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte("0.0.0.0/0,1-1023\n::/0,1-1023\n"), 0o644))
	}
	if err != nil {
		f.Fatal(err)
	}
	for _, generous := range []bool{false, true} {
		c.use(generous)
		c.servers[generous] = &server{who: subject(61001, 61001), store: policydir.Open(61001), netns: cookie}
	}
	return c
}

// use makes one policy that of the process. The directory is the same for all
// servers.
func (c *court) use(generous bool) {
	policydir.ConfDir = policydir.AuthbindDir
	if generous {
		policydir.ConfDir = c.dir
	}
}

// kinds of descriptors, by the byte that asks for one: domain, type, protocol.
var kindsOfSockets = [][3]int{
	{unix.AF_INET, unix.SOCK_STREAM, 0}, {unix.AF_INET6, unix.SOCK_STREAM, 0}, {unix.AF_INET, unix.SOCK_DGRAM, 0},
	{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE}, {unix.AF_UNIX, unix.SOCK_STREAM, 0}, {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_TCP},
}

// descriptors makes one descriptor for each byte, and from the fifth on sends the
// first again: a message holds 253.
func (c *court) descriptors(t *testing.T, kinds []byte) []int {
	t.Helper()
	var fds []int
	for i, kind := range kinds[:min(len(kinds), 253)] {
		if i > 4 {
			fds = append(fds, fds[0])
			continue
		}
		fds = append(fds, c.descriptor(t, int(kind)))
	}
	return fds
}

func (c *court) descriptor(t *testing.T, kind int) int {
	t.Helper()
	if kind >= len(kindsOfSockets) {
		fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	k := kindsOfSockets[kind]
	fd, err := c.open(k[0], k[1], k[2])
	if err != nil { // a raw one without root, or a protocol that is not here
		return c.descriptor(t, 0)
	}
	if k[0] != unix.AF_UNIX {
		_ = netns.AnyAddress(fd, k[0])
	}
	return fd
}

// judge serves the message that waits in channel as server.next does, and checks
// what became of it.
func (c *court) judge(t *testing.T, channel int, own []int, was []string, generous bool) {
	t.Helper()
	c.use(generous)
	s := c.servers[generous]
	frame, fds, err := helper.Receive(channel, new(helper.Buffer))
	if errors.Is(err, io.EOF) || err != nil && !errors.Is(err, helper.ErrFrame) {
		closeAll(fds)
		return
	}
	req, protocol, reply := s.judge(frame, fds, err)
	closeAll(fds)
	_ = s.record(req, protocol, reply)
	if back, err := helper.ParseReply(helper.AppendReply(nil, reply)); err != nil || back != reply {
		t.Errorf("%q: %+v is sent as %+v, %v", frame, reply, back, err)
	}
	parsed, malformed := helper.ParseRequest(frame)
	may := generous && os.Getuid() == 0 && err == nil && malformed == nil && len(own) == 1 && parsed.Addr.Port() < 1024
	if reply.Bound() && !may || reply.Verdict != helper.Permit && reply.Errno == 0 {
		t.Errorf("%q with %d descriptors: %+v", frame, len(own), reply)
	}
	if reply.Bound() {
		was = []string{parsed.Addr.String()}
	}
	if is := addresses(own); !slices.Equal(is, was) {
		t.Errorf("%q: bound to %q, want %q; %+v", frame, is, was, reply)
	}
}

func addresses(fds []int) []string {
	var list []string
	for _, fd := range fds {
		list = append(list, boundTo(fd))
	}
	return list
}

// boundTo is the address of an inet socket that has a port (the protocol, of a raw
// one), and otherwise empty.
func boundTo(fd int) string {
	addr, err := unix.Getsockname(fd)
	if err != nil {
		return ""
	}
	switch a := addr.(type) {
	case *unix.SockaddrInet4:
		if a.Port != 0 {
			return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String()
		}
	case *unix.SockaddrInet6:
		if a.Port != 0 {
			return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port)).String()
		}
	}
	return ""
}

func pair(t *testing.T) (int, int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

// The read-back accepts no text that lacks one of the lines that must be.
func FuzzThreadIsShed(f *testing.F) {
	f.Add([]byte(shedStatus))
	f.Add(bytes.ReplaceAll([]byte(shedStatus), []byte("400"), []byte("401")))
	f.Add([]byte("\nUid:\t1\t1\t1\t1\nUid:\t0\t0\t0\t0\n"))
	f.Fuzz(func(t *testing.T, status []byte) {
		if !threadIsShed(status, subject(61001, 61001, 61010), false) {
			return
		}
		for _, line := range []string{
			"\nUid:\t61001\t61001\t61001\t61001\n", "\nGid:\t61001\t61001\t61001\t61001\n", "\nCapBnd:\t0000000000000000\n",
			"\nCapAmb:\t0000000000000000\n", "\nGroups:\t61010 \n",
		} {
			if !bytes.Contains(status, []byte(line)) {
				t.Errorf("accepted without %q:\n%s", line, status)
			}
		}
		for name, base := range map[string]int{"CapPrm:": 16, "CapEff:": 16, "NoNewPrivs:": 10} {
			if n := fieldOf(status, name, base); n == 0 || !bytes.Contains(status, []byte("\n"+name)) {
				t.Errorf("accepted with %s %d:\n%s", name, n, status)
			}
		}
	})
}

// Of all states that the kernel can tell, whatever the thread is named, only the
// one good one is accepted.
func FuzzShedState(f *testing.F) {
	const id = 61001
	for wrong := range 12 { // and the last of them is nothing's
		ids, sets := [6]uint32{id, id, id, id, id, id}, [4]uint64{netBind, netBind}
		nnp := uint8(1)
		switch {
		case wrong < 6:
			ids[wrong] = 0
		case wrong < 10:
			sets[wrong-6] ^= 1
		case wrong == 10:
			nnp = 0
		}
		f.Add("gobind-helper", ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], sets[0], sets[1], sets[2], sets[3], nnp, false)
	}
	f.Add("Uid:\t61001\t61001", uint32(id), uint32(id), uint32(id), uint32(id), uint32(id), uint32(0), uint64(netBind), uint64(netBind), uint64(1<<41-1), uint64(0), uint8(1), true)
	f.Add("\nNoNewPrivs:\t1", uint32(id), uint32(id), uint32(id), uint32(id), uint32(id), uint32(id), uint64(0x4000), ^uint64(0), uint64(netBind), uint64(netBind), uint8(0), false)
	f.Fuzz(func(t *testing.T, name string, ruid, euid, suid, fsuid, rgid, fsgid uint32, prm, eff, bnd, amb uint64, nnp uint8, bounding bool) {
		name = strings.NewReplacer("\n", `\n`, `\`, `\\`).Replace(name) // as the kernel does
		status := fmt.Sprintf("Name:\t%s\nUmask:\t0077\nTgid:\t1\nUid:\t%d\t%d\t%d\t%d\nGid:\t%d\t%d\t%d\t%d\nGroups:\t \nCapInh:\t%016x\n"+
			"CapPrm:\t%016x\nCapEff:\t%016x\nCapBnd:\t%016x\nCapAmb:\t%016x\nNoNewPrivs:\t%d\nSeccomp:\t0\n",
			name, ruid, euid, suid, fsuid, rgid, rgid, rgid, fsgid, 0, prm, eff, bnd, amb, nnp)
		want := ruid == id && euid == id && suid == id && fsuid == id && rgid == id && fsgid == id &&
			prm == netBind && eff == netBind && (bnd == 0 || bounding) && amb == 0 && nnp == 1
		if got := threadIsShed([]byte(status), subject(id, id), bounding); got != want {
			t.Errorf("accepted: %v, want %v\n%s", got, want, status)
		}
	})
}

// The errors of frames stay errors.
func TestJudgeKeepsErrors(t *testing.T) {
	s := &server{}
	if _, _, reply := s.judge(nil, nil, errors.New("truncated")); reply.Verdict != helper.Unserved || reply.Reason != helper.ReasonFrame {
		t.Errorf("%+v", reply)
	}
}
