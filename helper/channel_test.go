package helper

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/descriptors"
)

func send(t *testing.T, fd int, frame []byte, files ...int) {
	t.Helper()
	if err := unix.Sendmsg(fd, frame, unix.UnixRights(files...), nil, 0); err != nil {
		t.Fatal(err)
	}
}

// All descriptors that come are handed over, however many, and close-on-exec.
func TestReceiveDescriptors(t *testing.T) {
	a, b := testenv.Channel(t)
	buf := new(Buffer)
	before := descriptors.Open(1024)
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
	if after := descriptors.Open(1024); after != before {
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
	before := descriptors.Open(1024)
	low := limit
	low.Cur = uint64(before)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	_, fds, err := Receive(b, new(Buffer))
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, ErrFrame) {
		t.Errorf("error %v, want ErrFrame", err)
	}
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	if after := descriptors.Open(1024); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

func TestReceiveTooLong(t *testing.T) {
	a, b := testenv.Channel(t)
	for _, size := range []int{MaxFrame + 1, 1 << 16} {
		send(t, a, make([]byte, size))
		if _, _, err := Receive(b, new(Buffer)); !errors.Is(err, ErrFrame) {
			t.Errorf("%d bytes: error %v, want ErrFrame", size, err)
		}
	}
	send(t, a, make([]byte, MaxFrame))
	if frame, _, err := Receive(b, new(Buffer)); err != nil || len(frame) != MaxFrame {
		t.Errorf("%d bytes: %d, %v", MaxFrame, len(frame), err)
	}
}

func TestReceiveEOF(t *testing.T) {
	a, b := testenv.Channel(t)
	if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Receive(b, new(Buffer)); err != io.EOF { //nolint:errorlint // it is returned as it is
		t.Errorf("error %v, want io.EOF", err)
	}
}
