package lowport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/client/lowport"
)

// A web server on port 80 of all addresses.
func ExampleListen() {
	l, err := lowport.Listen(context.Background(), "tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello from port 80")
	})}
	go server.Serve(l)   //nolint:errcheck // it ends with an error in any case
	defer server.Close() //nolint:errcheck // likewise

	resp, err := http.Get("http://127.0.0.1/")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	page, err := io.ReadAll(resp.Body)
	fmt.Println(string(page), err)
	// Output: hello from port 80 <nil>
}

// A name server's socket. The deadline counts until the socket is bound.
func ExampleListenPacket() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := lowport.ListenPacket(ctx, "udp", "127.0.0.1:53")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	fmt.Println("serving on", conn.LocalAddr().Network(), conn.LocalAddr())
	// Output: serving on udp 127.0.0.1:53
}

// Errors say what is in the way.
func ExampleListen_errors() {
	l, err := lowport.Listen(context.Background(), "tcp", "127.0.0.1:80")
	var refused *client.RefusedError
	var unavailable *client.UnavailableError
	switch {
	case err == nil:
		fmt.Println("it serves")
		_ = l.Close()
	case errors.As(err, &refused):
		fmt.Println("ask the administrator:", refused, refused.Source.File, refused.Source.Line)
	case errors.Is(err, client.ErrNotInstalled):
		fmt.Println("install gobind, or start me by systemd's socket activation")
	case errors.As(err, &unavailable):
		fmt.Println("gobind has no privilege to lend here:", unavailable)
	case errors.Is(err, syscall.EADDRINUSE):
		fmt.Println("somebody else has the port")
	default:
		fmt.Println(err)
	}
	// Output: it serves
}

// Options of the socket, and one helper for several sockets.
func ExampleListenConfig() {
	binder := new(client.Binder)
	defer binder.Close() //nolint:errcheck // all is bound
	lc := lowport.ListenConfig{
		Binder: binder,
		Control: func(network, address string, c syscall.RawConn) error {
			var err error
			failed := c.Control(func(fd uintptr) {
				err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			})
			return errors.Join(failed, err)
		},
	}
	// Two listeners share the port, which SO_REUSEPORT allows.
	one, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer one.Close() //nolint:errcheck // nobody is served
	two, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer two.Close() //nolint:errcheck // nobody is served
	fmt.Println(one.Addr(), two.Addr())
	// Output: 127.0.0.1:80 127.0.0.1:80
}
