package client

import (
	"errors"
	"io"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
)

func send(t *testing.T, fd int, frame []byte) {
	t.Helper()
	if err := unix.Sendmsg(fd, frame, nil, nil, 0); err != nil {
		t.Fatal(err)
	}
}

// ask sends one request from a goroutine of its own.
func ask(c *Conn, socket int) <-chan error {
	done := make(chan error, 1)
	go func() {
		reply, err := c.Bind(socket, netip.MustParseAddrPort("127.0.0.1:80"), 0, false, helper.Claim{})
		if err == nil && !reply.Bound() {
			err = errors.New("not bound")
		}
		done <- err
	}()
	return done
}

// The client takes nothing for a success but a reply to its own request.
func TestClient(t *testing.T) {
	ready := helper.AppendHello(nil, helper.StatusReady)
	bound := helper.Reply{ID: 1, Verdict: helper.Permit}
	var unavailable *UnavailableError
	for name, c := range map[string]struct {
		frames [][]byte
		want   func(error) bool
	}{
		"bound":            {[][]byte{ready, helper.AppendReply(nil, bound)}, func(err error) bool { return err == nil }},
		"end at once":      {nil, func(err error) bool { return errors.Is(err, io.EOF) }},
		"end, unread":      {nil, func(err error) bool { return errors.Is(err, ErrClosed) }},
		"end after hello":  {[][]byte{ready}, func(err error) bool { return errors.Is(err, io.EOF) }},
		"not ready":        {[][]byte{helper.AppendHello(nil, helper.StatusNosuid)}, func(err error) bool { return errors.As(err, &unavailable) }},
		"no hello":         {[][]byte{helper.AppendReply(nil, bound)}, func(err error) bool { return errors.Is(err, helper.ErrFrame) }},
		"another request":  {[][]byte{ready, helper.AppendReply(nil, helper.Reply{ID: 2, Verdict: helper.Permit})}, func(err error) bool { return errors.Is(err, helper.ErrFrame) }},
		"junk":             {[][]byte{ready, []byte("junk")}, func(err error) bool { return errors.Is(err, helper.ErrFrame) }},
		"short reply":      {[][]byte{ready, helper.AppendReply(nil, bound)[:23]}, func(err error) bool { return errors.Is(err, helper.ErrFrame) }},
		"denied":           {[][]byte{ready, helper.AppendReply(nil, helper.Reply{ID: 1})}, func(err error) bool { return err != nil }},
		"permit and errno": {[][]byte{ready, helper.AppendReply(nil, helper.Reply{ID: 1, Verdict: helper.Permit, Errno: 98})}, func(err error) bool { return err != nil }},
	} {
		a, b := testenv.Channel(t)
		for _, frame := range c.frames {
			send(t, b, frame)
		}
		if name == "end, unread" {
			unread(t, a, b)
		} else if err := unix.Shutdown(b, unix.SHUT_WR); err != nil {
			t.Fatal(err)
		}
		if err := <-ask(New(a), a); !c.want(err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// unread makes b the side of a helper that was killed before it read what a sent.
func unread(t *testing.T, a, b int) {
	t.Helper()
	send(t, a, []byte("request"))
	closer, err := unix.Dup(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(closer) })
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup3(null, b, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	_ = unix.Close(null)
}

// A helper that has ended before it got the request is told apart: nothing was
// done.
func TestClientClosed(t *testing.T) {
	a, b := testenv.Channel(t)
	send(t, b, helper.AppendHello(nil, helper.StatusReady))
	if err := unix.Shutdown(b, unix.SHUT_RD); err != nil {
		t.Fatal(err)
	}
	if err := <-ask(New(a), b); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}
