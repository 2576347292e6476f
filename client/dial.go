package client

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// SocketPath is the broker socket: whoever connects gets a helper of its own, which
// takes its caller from the kernel. Nothing here has to be believed of it: a socket
// that is bound is bound, whoever says so.
const SocketPath = "/run/gobind/helper.sock"

// DialError says that nobody serves the broker socket.
type DialError struct {
	Path string
	Err  error // of a system call
}

func (e *DialError) Error() string { return fmt.Sprintf("connect to %s: %v", e.Path, e.Err) }

// Unwrap returns the error of the system call.
func (e *DialError) Unwrap() error { return e.Err }

// NotEnabled reports whether the error says that nobody is meant to serve the broker
// socket: it is not there, or was left behind.
func NotEnabled(err error) bool {
	var dial *DialError
	return errors.As(err, &dial) && (errors.Is(dial, unix.ENOENT) || errors.Is(dial, unix.ECONNREFUSED))
}

// Dial connects to the broker socket, and waits at most patience, in seconds, for
// that and for each message to come and to go; 0 is without end. The caller is who this
// thread is now, by its effective ids. The error is a *DialError.
func Dial(path string, patience int64) (*Conn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, &DialError{path, err}
	}
	c := New(fd)
	err = c.SetPatience(patience)
	if err == nil {
		err = connect(fd, path)
	}
	if err != nil {
		_ = c.Close()
		return nil, &DialError{path, err}
	}
	return c, nil
}

// connect begins anew when a signal interrupted it: then nothing was done.
func connect(fd int, path string) error {
	for {
		if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != unix.EINTR {
			return err
		}
	}
}

// SetPatience bounds, in seconds, how long a helper may take for each message: a
// user may stop his own. After that a call fails with EAGAIN.
func (c *Conn) SetPatience(seconds int64) error {
	limit := unix.NsecToTimeval(seconds * 1e9)
	for _, option := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO} {
		if err := unix.SetsockoptTimeval(c.channel, unix.SOL_SOCKET, option, &limit); err != nil {
			return fmt.Errorf("setsockopt: %w", err)
		}
	}
	return nil
}
