package control

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

func TestEvents(t *testing.T) {
	a, b := testenv.Channel(t)
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
	a, b := testenv.Channel(t)
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
