package hostile

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// P6: a socket that its owner has made to linger for an hour, and closed, keeps no
// helper alive for longer than a request may take.
func TestP6Lingering(t *testing.T) {
	testenv.Install(t)
	p, channel := called(t, testenv.Alice, plainly)
	kit.Hello(t, channel)
	sock, pid := lingering(t), p.Cmd.Process.Pid
	kit.Kill(t, pid, unix.SIGSTOP) // else it may close the socket first, and this test waits
	kit.WaitState(t, pid, "T")
	if err := unix.Sendmsg(channel, kit.Request(1, kit.Port80), unix.UnixRights(sock), nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.Close(sock); err != nil {
		t.Fatal(err)
	}
	kit.Kill(t, pid, unix.SIGCONT)
	kit.Eventually(t, func() error {
		if !p.Ended() {
			return errors.New("the helper waits for the socket")
		}
		return nil
	})
}

// lingering is a connected socket with data that nobody reads. The caller closes it.
func lingering(t *testing.T) int {
	t.Helper()
	listener := kit.TCPSocket(t)
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	must(unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(listener, 1))
	name, err := unix.Getsockname(listener)
	must(err)
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(err, unix.Connect(sock, name), unix.SetNonblock(sock, true),
		unix.SetsockoptLinger(sock, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 3600}))
	for err = nil; err == nil; {
		_, err = unix.Write(sock, make([]byte, 1<<16))
	}
	if err != unix.EAGAIN {
		t.Fatal(err)
	}
	return sock
}

// S7: nor does it stop a supervisor of root's that serves another user, too.
func TestS7Lingering(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "82", testenv.Bob)
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Root, mode, "python3", kit.Absolute("testdata/linger.py")))
		if strings.Count(p.Out(), "bob bound\n") != 5 {
			t.Errorf("stdout %s stderr %s", p.Out(), p.Err())
		}
	})
}
