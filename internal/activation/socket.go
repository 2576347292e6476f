package activation

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"gobind/client"
)

// SocketError says that a socket cannot be had.
type SocketError struct {
	Spec  Spec
	Other *Spec // one of ours that has the same port
	Err   error // of package client or of a system call
}

func (e *SocketError) Error() string { return fmt.Sprintf("cannot listen on %s: %v", e.Spec, e.Err) }

// Unwrap returns what is in the way.
func (e *SocketError) Unwrap() error { return e.Err }

// openAll makes the sockets, which are close-on-exec, and binds them with one helper
// that has ended when it returns. The caller owns them; after an error this process is
// to end.
func openAll(ctx context.Context, specs []Spec, b *client.Binder) ([]int, error) {
	defer b.Close() //nolint:errcheck // it returns none
	var fds []int
	for i, s := range specs {
		fd, err := s.open(ctx, b)
		if err != nil {
			return nil, &SocketError{Spec: s, Other: samePort(specs[:i], s), Err: err}
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// samePort is the socket among specs that has the port of s.
func samePort(specs []Spec, s Spec) *Spec {
	for i, other := range specs {
		if other.Protocol == s.Protocol && other.Addr.Port() == s.Addr.Port() {
			return &specs[i]
		}
	}
	return nil
}

// open makes a socket as systemd does for ListenStream= and ListenDatagram=, but
// without SO_REUSEADDR for datagrams: that would let others bind the same port. Whether
// [::] takes IPv4 too is up to net.ipv6.bindv6only, unless IPv6 alone is asked for.
func (s *Spec) open(ctx context.Context, b *client.Binder) (int, error) {
	fd, err := s.socket()
	if err == unix.EAFNOSUPPORT && s.both { // a kernel without IPv6
		s.Addr = netip.AddrPortFrom(netip.IPv4Unspecified(), s.Addr.Port())
		fd, err = s.socket()
	}
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if s.only {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	}
	if err == nil && s.typ() == unix.SOCK_STREAM {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	if err != nil {
		return -1, os.NewSyscallError("setsockopt", err)
	}
	if err := b.Bind(ctx, fd, s.Addr); err != nil {
		return -1, err
	}
	if s.typ() == unix.SOCK_STREAM { // net.core.somaxconn is the bound
		err = unix.Listen(fd, math.MaxInt32)
	}
	return fd, os.NewSyscallError("listen", err)
}

func (s *Spec) socket() (int, error) {
	family := unix.AF_INET6
	if s.Addr.Addr().Is4() {
		family = unix.AF_INET
	}
	return unix.Socket(family, s.typ()|unix.SOCK_CLOEXEC, 0)
}
