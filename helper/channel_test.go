package helper

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

func send(t *testing.T, fd int, frame []byte, files ...int) {
	t.Helper()
	if err := unix.Sendmsg(fd, frame, unix.UnixRights(files...), nil, 0); err != nil {
		t.Fatal(err)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// All descriptors that come are handed over, however many, and close-on-exec.
func TestReceiveDescriptors(t *testing.T) {
	a, b := testenv.Channel(t)
	buf := make([]byte, MaxFrame+1)
	before := openDescriptors(t)
	for _, count := range []int{1, 2, maxRights} {
		files := make([]int, count)
		for i := range files {
			files[i] = a
		}
		send(t, a, []byte("frame"), files...)
		frame, fds, err := Receive(b, buf)
		if err != nil || string(frame) != "frame" || len(fds) != count {
			t.Errorf("%d descriptors: %q, %d, %v", count, frame, len(fds), err)
		}
		for _, fd := range fds {
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("descriptor %d: flags %#x, %v", fd, flags, err)
			}
			_ = unix.Close(fd)
		}
	}
	if after := openDescriptors(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

// Where descriptors come without room for them, those that arrived are known.
func TestReceiveWithoutRoom(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	a, b := testenv.Channel(t)
	send(t, a, []byte("frame"), a, a, a)
	before := openDescriptors(t)
	low := limit
	low.Cur = uint64(before)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	_, fds, err := Receive(b, make([]byte, MaxFrame+1))
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, ErrFrame) {
		t.Errorf("error %v, want ErrFrame", err)
	}
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	if after := openDescriptors(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

func TestReceiveTooLong(t *testing.T) {
	a, b := testenv.Channel(t)
	for _, size := range []int{MaxFrame + 1, 1 << 16} {
		send(t, a, make([]byte, size))
		if _, _, err := Receive(b, make([]byte, MaxFrame+1)); !errors.Is(err, ErrFrame) {
			t.Errorf("%d bytes: error %v, want ErrFrame", size, err)
		}
	}
	send(t, a, make([]byte, MaxFrame))
	if frame, _, err := Receive(b, make([]byte, MaxFrame+1)); err != nil || len(frame) != MaxFrame {
		t.Errorf("%d bytes: %d, %v", MaxFrame, len(frame), err)
	}
}

func TestReceiveEOF(t *testing.T) {
	a, b := testenv.Channel(t)
	if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Receive(b, make([]byte, MaxFrame+1)); err != io.EOF { //nolint:errorlint // it is returned as it is
		t.Errorf("error %v, want io.EOF", err)
	}
}

// ask sends one request from a goroutine of its own.
func ask(c *Client, socket int) <-chan error {
	done := make(chan error, 1)
	go func() {
		reply, err := c.Bind(socket, netip.MustParseAddrPort("127.0.0.1:80"), 0, false, Claim{})
		if err == nil && !reply.Bound() {
			err = errors.New("not bound")
		}
		done <- err
	}()
	return done
}

// The client takes nothing for a success but a reply to its own request.
func TestClient(t *testing.T) {
	ready := AppendHello(nil, StatusReady)
	bound := Reply{ID: 1, Verdict: Permit}
	var unavailable *UnavailableError
	for name, c := range map[string]struct {
		frames [][]byte
		want   func(error) bool
	}{
		"bound":            {[][]byte{ready, AppendReply(nil, bound)}, func(err error) bool { return err == nil }},
		"end at once":      {nil, func(err error) bool { return errors.Is(err, io.EOF) }},
		"end, unread":      {nil, func(err error) bool { return errors.Is(err, ErrClosed) }},
		"end after hello":  {[][]byte{ready}, func(err error) bool { return errors.Is(err, io.EOF) }},
		"not ready":        {[][]byte{AppendHello(nil, StatusNosuid)}, func(err error) bool { return errors.As(err, &unavailable) }},
		"no hello":         {[][]byte{AppendReply(nil, bound)}, func(err error) bool { return errors.Is(err, ErrFrame) }},
		"another request":  {[][]byte{ready, AppendReply(nil, Reply{ID: 2, Verdict: Permit})}, func(err error) bool { return errors.Is(err, ErrFrame) }},
		"junk":             {[][]byte{ready, []byte("junk")}, func(err error) bool { return errors.Is(err, ErrFrame) }},
		"short reply":      {[][]byte{ready, AppendReply(nil, bound)[:replySize-1]}, func(err error) bool { return errors.Is(err, ErrFrame) }},
		"denied":           {[][]byte{ready, AppendReply(nil, Reply{ID: 1})}, func(err error) bool { return err != nil }},
		"permit and errno": {[][]byte{ready, AppendReply(nil, Reply{ID: 1, Verdict: Permit, Errno: 98})}, func(err error) bool { return err != nil }},
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
		if err := <-ask(NewClient(a), a); !c.want(err) {
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
	send(t, b, AppendHello(nil, StatusReady))
	if err := unix.Shutdown(b, unix.SHUT_RD); err != nil {
		t.Fatal(err)
	}
	if err := <-ask(NewClient(a), b); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}
