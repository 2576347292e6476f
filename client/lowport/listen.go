package lowport

import (
	"context"
	"math"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"gobind/client"
)

// Listen listens on a TCP address, as [net.Listen] does. Networks are "tcp", "tcp4" and
// "tcp6". ctx counts until it returns, and not for the listener.
func Listen(ctx context.Context, network, address string) (net.Listener, error) {
	var lc ListenConfig
	return lc.Listen(ctx, network, address)
}

// ListenPacket listens on a UDP address, as [net.ListenPacket] does. Networks are
// "udp", "udp4" and "udp6".
func ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	var lc ListenConfig
	return lc.ListenPacket(ctx, network, address)
}

// ListenConfig has options for listening. The zero value is that of Listen.
type ListenConfig struct {
	// Control, if it is not nil, is called after the socket was made and before it is
	// bound, with the arguments that [net.ListenConfig] has: "tcp4" or "tcp6", and the
	// address in numbers.
	Control func(network, address string, c syscall.RawConn) error

	// Binder binds, and keeps its helper from one socket to the next. Nil: one of its
	// own for each, which takes some milliseconds more.
	Binder *client.Binder
}

// Listen listens on a TCP address.
func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	var l net.Listener
	err := lc.with(ctx, tcp, network, address, func(f *os.File) (err error) {
		if err = unix.Listen(int(f.Fd()), math.MaxInt32); err != nil { // net.core.somaxconn is less
			return os.NewSyscallError("listen", err)
		}
		l, err = net.FileListener(f)
		return err
	})
	return l, err
}

// ListenPacket listens on a UDP address.
func (lc *ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	var c net.PacketConn
	err := lc.with(ctx, udp, network, address, func(f *os.File) (err error) {
		c, err = net.FilePacketConn(f)
		return err
	})
	return c, err
}

// with makes a socket, binds it and calls use, which duplicates it.
func (lc *ListenConfig) with(ctx context.Context, kinds map[string]kind, network, address string, use func(*os.File) error) error {
	k, ok := kinds[network]
	if !ok {
		return &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	addr, err := k.resolve(ctx, address)
	if err == nil {
		err = lc.bound(ctx, k, addr, use)
	}
	if err == nil {
		return nil
	}
	e := &net.OpError{Op: "listen", Net: network, Err: err}
	if addr.IsValid() {
		e.Addr = k.addr(addr)
	}
	return e
}

func (lc *ListenConfig) bound(ctx context.Context, k kind, addr netip.AddrPort, use func(*os.File) error) error {
	f, err := k.socket(&addr)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // its duplicate is what counts
	if lc.Control != nil {
		conn, err := f.SyscallConn()
		if err != nil {
			return err
		}
		if err := lc.Control(k.network(addr), addr.String(), conn); err != nil {
			return err
		}
	}
	bind := client.Bind
	if lc.Binder != nil {
		bind = lc.Binder.Bind
	}
	if err := bind(ctx, int(f.Fd()), addr); err != nil {
		return err
	}
	return use(f)
}
