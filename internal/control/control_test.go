package control

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

func pair(t *testing.T) (int, int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Close(fds[0])
		_ = unix.Close(fds[1])
	})
	return fds[0], fds[1]
}

func TestEvents(t *testing.T) {
	a, b := pair(t)
	for _, want := range []Event{{Failed, 2}, {Broken, 5}, {Started, 1 << 22}, {Stopped, 19}, {Ended, 1<<32 - 1}} {
		pass := -1
		if want.Kind == Started {
			pass = a
		}
		if err := Send(a, want, pass); err != nil {
			t.Fatal(err)
		}
		got, fd, err := Receive(b)
		if err != nil || got != want || (fd >= 0) != (want.Kind == Started) {
			t.Errorf("%+v, %d, %v, want %+v", got, fd, err, want)
		}
		_ = unix.Close(fd)
	}
}

func TestNoEvent(t *testing.T) {
	a, b := pair(t)
	for _, message := range []string{"short", "longer than it", "\xff\xff\xff\xff\x00\x00\x00\x00"} {
		if err := unix.Sendmsg(a, []byte(message), nil, nil, 0); err != nil {
			t.Fatal(err)
		}
		if e, _, err := Receive(b); err == nil {
			t.Errorf("%q: %+v", message, e)
		}
	}
	if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Receive(b); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}
