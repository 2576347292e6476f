package client

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"gobind/helper"
)

// Bind binds one socket: see [Binder.Bind].
func Bind(ctx context.Context, socket int, addr netip.AddrPort) error {
	var b Binder
	defer b.letGo()
	return b.Bind(ctx, socket, addr)
}

// Binder binds sockets. It starts the setuid helper when it first needs one or, where
// that has no privilege, connects to the broker socket, and keeps its helper until
// Close. It may be used by several goroutines at a time. The zero value is ready for
// use; its fields must not be changed after that.
type Binder struct {
	HelperPath string // gobind-helper; "" is where it is installed
	SocketPath string // the broker socket; "" is [SocketPath]
	Program    string // how the audit record names this program; "" is its own name

	once   sync.Once
	turn   chan struct{}  // holds a token while nobody asks
	socket bool           // goes to the broker socket
	conn   *Conn          // nil: none yet
	child  *os.Process    // what is behind conn, unless that is the broker socket
	left   sync.WaitGroup // children that were let go and have not ended
}

// Bind binds socket, which stays the caller's, to addr, whose zone is the name or the
// number of an interface. A port 0 or one that is not privileged is left to the kernel.
//
// After an error the socket is not bound, but for one of ctx and one that is [io.EOF] (a
// killed helper), which can come when it was bound already: close it then.
func (b *Binder) Bind(ctx context.Context, socket int, addr netip.AddrPort) error {
	scope, err := scopeOf(socket, addr.Addr())
	if err != nil {
		return err
	}
	addr = netip.AddrPortFrom(addr.Addr().WithZone(""), addr.Port())
	if err := unix.Bind(socket, sockaddr(addr, scope)); err != unix.EACCES {
		return os.NewSyscallError("bind", err)
	}
	if err := b.take(ctx); err != nil {
		return err
	}
	defer b.put()
	reply, err := Attempt(&way{b, ctx}, func(c *Conn) (reply helper.Reply, err error) {
		err = c.interruptible(ctx, func() error {
			reply, err = c.Bind(socket, addr, scope, false, b.claim())
			return Unserved(err, socket)
		})
		return reply, err
	})
	switch {
	case err == nil:
		return outcome(addr, reply)
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("gobind-helper does not answer: %w", os.ErrDeadlineExceeded)
	default:
		return err
	}
}

// outcome is a reply as an error.
func outcome(addr netip.AddrPort, r helper.Reply) error {
	errno := unix.Errno(r.Errno)
	if errno == 0 && !r.Bound() {
		errno = unix.EACCES
	}
	switch {
	case r.Bound():
		return nil
	case r.Verdict == helper.Permit:
		return os.NewSyscallError("bind", errno)
	case r.Verdict == helper.Deny:
		return &RefusedError{Addr: addr, Reason: r.Reason, Source: r.Source, Errno: errno}
	default:
		return &UnservedError{Addr: addr, Reason: r.Reason, Errno: errno}
	}
}

// Close lets the helper go and waits for its end, so that this process has no child
// from it. The Binder may be used again.
func (b *Binder) Close() error {
	b.letGo()
	b.left.Wait()
	return nil
}

// letGo lets the helper go and does not wait.
func (b *Binder) letGo() {
	_ = b.take(context.Background())
	defer b.put()
	b.drop()
}

// take waits for this goroutine's turn.
func (b *Binder) take(ctx context.Context) error {
	b.once.Do(func() {
		b.turn = make(chan struct{}, 1)
		b.put()
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-b.turn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *Binder) put() { b.turn <- struct{}{} }

// claim is what the audit record says of this program.
func (b *Binder) claim() helper.Claim {
	name := b.Program
	if name == "" {
		text, _ := os.ReadFile("/proc/self/comm")
		name = strings.TrimSpace(string(text))
	}
	name, _, _ = strings.Cut(name[:min(len(name), 15)], "\x00")
	return helper.Claim{PID: uint32(os.Getpid()), Program: name}
}

func sockaddr(addr netip.AddrPort, scope uint32) unix.Sockaddr {
	if addr.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}
	}
	return &unix.SockaddrInet6{Addr: addr.Addr().As16(), Port: int(addr.Port()), ZoneId: scope}
}

// scopeOf is the number of the interface that is the zone of an address, by the
// network namespace of the socket.
func scopeOf(socket int, addr netip.Addr) (uint32, error) {
	zone := addr.Zone()
	if zone == "" {
		return 0, nil
	}
	if number, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(number), nil
	}
	request, err := unix.NewIfreq(zone)
	if err == nil {
		err = unix.IoctlIfreq(socket, unix.SIOCGIFINDEX, request)
	}
	if err != nil {
		return 0, fmt.Errorf("interface %q: %w", zone, err)
	}
	return request.Uint32(), nil
}
