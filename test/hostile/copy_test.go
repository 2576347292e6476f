package hostile

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// H10: a caller who has a copy of the helper's end of the channel takes the bound of its
// wait away, or lets it not wait at all: the helper ends.
func TestH10CopyOfChannel(t *testing.T) {
	for name, do := range map[string]func(theirs int) error{
		"no bound": func(fd int) error {
			return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{})
		},
		"a moment": func(fd int) error {
			return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 1})
		},
		"not blocking": func(fd int) error { return unix.SetNonblock(fd, true) },
	} {
		t.Run(name, func(t *testing.T) {
			p, theirs, channel := calledWithCopy(t)
			defer theirs.Close() //nolint:errcheck // a channel of no use
			kit.Hello(t, channel)
			if err := do(int(theirs.Fd())); err != nil {
				t.Fatal(err)
			}
			_, _ = ask(t, channel, kit.Request(1, kit.Port80), kit.TCPSocket(t)) // it may have ended
			p.Wait(t)
		})
	}
}

func calledWithCopy(t *testing.T) (*kit.Process, *os.File, int) {
	t.Helper()
	channel, theirs, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(channel) })
	cmd := testenv.Alice.Command(testenv.Install(t).Helper())
	cmd.Stdin = theirs
	return kit.Start(t, cmd), theirs, channel
}
