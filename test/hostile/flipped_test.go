package hostile

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// H3: a caller flips O_NONBLOCK of the channel, whose other descriptor is the
// caller's, while the helper starts: the Go runtime makes an epoll instance then, at
// one moment or the other. It stays the runtime's own: an epoll instance that the
// caller passes, with events that point anywhere, never takes its number.
func TestH3FlippedChannel(t *testing.T) {
	path := testenv.Install(t).Helper()
	outcomes := map[int]int{}
	for range kit.Hostile.Of(60, 5000) {
		channel, theirs, err := kit.ChannelFile()
		if err != nil {
			t.Fatal(err)
		}
		poison(t, channel)
		var stop atomic.Bool
		done := make(chan struct{})
		fd := int(theirs.Fd())
		go func() {
			defer close(done)
			for !stop.Load() {
				_ = unix.SetNonblock(fd, true)
				_ = unix.SetNonblock(fd, false)
			}
		}()
		var stderr strings.Builder
		cmd := testenv.Alice.Command(path)
		cmd.Stdin, cmd.Stderr = theirs, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = unix.Shutdown(channel, unix.SHUT_WR)
		_ = cmd.Wait()
		stop.Store(true)
		<-done
		status := cmd.ProcessState.ExitCode()
		outcomes[status]++
		if status != 0 && status != 64 && status != 77 || strings.TrimPrefix(stderr.String(), byHand) != "" {
			t.Fatalf("exit status %d, stderr %q", status, &stderr)
		}
		_ = theirs.Close()
		_ = unix.Close(channel)
	}
	t.Log(outcomes)
}

// poison sends a message with many duplicates of an epoll instance that has an event,
// with a pointer to nowhere.
func poison(t *testing.T, channel int) {
	t.Helper()
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	event, err := unix.Eventfd(1, unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = unix.Close(epoll), unix.Close(event) }()
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, event, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: 0x41410000}); err != nil {
		t.Fatal(err)
	}
	rights := unix.UnixRights(slices.Repeat([]int{epoll}, 253)...)
	if err := unix.Sendmsg(channel, []byte("x"), rights, nil, 0); err != nil {
		t.Fatal(err)
	}
}
