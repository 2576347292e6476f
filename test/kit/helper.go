package kit

import (
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
)

// Port80 is what most tests ask for.
var Port80 = netip.MustParseAddrPort("127.0.0.1:80")

// StartHelper starts the setuid helper as u would by hand, and returns its
// process and the caller's side of the channel.
func StartHelper(t *testing.T, u testenv.User) (*Process, int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	defer theirs.Close() //nolint:errcheck // the helper has its own
	cmd := u.Command(testenv.Install(t).Helper())
	cmd.Stdin = theirs
	p := Start(t, cmd)
	t.Cleanup(func() { _ = unix.Close(pair[0]) })
	return p, pair[0]
}

// TCPSocket is a new AF_INET socket of this process, closed when the test ends.
func TCPSocket(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	return fd
}

// Exchange sends a message with descriptors, and returns the helper's reply.
func Exchange(t *testing.T, channel int, message []byte, fds ...int) helper.Reply {
	t.Helper()
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(channel, message, rights, nil, unix.MSG_NOSIGNAL); err != nil {
		t.Fatal(err)
	}
	frame, _, err := helper.Receive(channel, new(helper.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := helper.ParseReply(frame)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// Hello reads the hello.
func Hello(t *testing.T, channel int) helper.Status {
	t.Helper()
	frame, _, err := helper.Receive(channel, new(helper.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	status, err := helper.ParseHello(frame)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// Request is the frame of a request for addr.
func Request(id uint32, addr netip.AddrPort) []byte {
	return helper.AppendRequest(nil, helper.Request{ID: id, Addr: addr})
}

// ChannelFile is a channel's two sides, the second as a file.
func ChannelFile() (int, *os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	return pair[0], os.NewFile(uintptr(pair[1]), "channel"), nil
}

// IsBound reports whether the kernel has the AF_INET socket bound.
func IsBound(t *testing.T, fd int) bool {
	t.Helper()
	addr, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return addr.(*unix.SockaddrInet4).Port != 0
}
