package client

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"gobind/helper"
)

// Way leads to a privileged helper, for [Attempt]. It remembers what came of it, so
// that the next request goes the same way.
type Way interface {
	Open() (*Conn, error) // the helper that is there, or a new one
	Drop()                // forgets that helper
	Turn(why error) error // goes another way from now on, or says why not
}

// maxAttempts bounds how many helpers are asked about one request, where each ended
// before it served.
const maxAttempts = 4

// Attempt has a request served by ask, by the helper that is on the way. Where that has
// no privilege, the way turns. Where it ended before it served, or says that policy
// changed under it, it is dropped and the next is asked.
func Attempt(way Way, ask func(*Conn) (helper.Reply, error)) (helper.Reply, error) {
	var last error
	for range maxAttempts {
		reply, err := attempt(way, ask)
		if err == nil && reply.Reason != helper.ReasonRestart {
			return reply, nil
		}
		way.Drop()
		if last = err; unprivileged(err) {
			if err = way.Turn(err); err == nil {
				continue
			}
		}
		if err != nil && !errors.Is(err, ErrClosed) {
			return helper.Reply{}, err
		}
	}
	return helper.Reply{}, fmt.Errorf("no helper lived long enough: %w", errors.Join(last, ErrClosed))
}

func attempt(way Way, ask func(*Conn) (helper.Reply, error)) (helper.Reply, error) {
	conn, err := way.Open()
	if err != nil {
		return helper.Reply{}, err
	}
	return ask(conn)
}

// unprivileged reports whether the error says that there is no setuid helper, or that
// it has no privilege.
func unprivileged(err error) bool {
	var unavailable *UnavailableError
	var start *StartError
	return errors.As(err, &unavailable) || errors.As(err, &start)
}

// Disabled returns an error if the setuid helper is disabled by no_new_privs: then it
// need not be started.
func Disabled() error {
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err == nil && set == 1 {
		return &UnavailableError{Status: helper.StatusNoNewPrivs}
	}
	return nil
}

// Unserved is ErrClosed where err says that the helper was killed before it did
// anything with the socket, and err itself else.
func Unserved(err error, socket int) error {
	if errors.Is(err, io.EOF) && !isBound(socket) {
		return ErrClosed
	}
	return err
}

// isBound reports whether the socket has a port, or does not tell.
func isBound(fd int) bool {
	addr, err := unix.Getsockname(fd)
	if err != nil {
		return true
	}
	switch a := addr.(type) {
	case *unix.SockaddrInet4:
		return a.Port != 0
	case *unix.SockaddrInet6:
		return a.Port != 0
	default:
		return true
	}
}
