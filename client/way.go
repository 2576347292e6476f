package client

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a helper may take for each message, in seconds: longer than one
// that runs takes before it ends itself.
const patience = 30

// grace is how long a helper that was let go may take to end.
const grace = 5 * time.Second

// way is that of a Binder, while it is its goroutine's turn.
type way struct {
	*Binder
	ctx context.Context
}

// Open implements [Way].
func (w *way) Open() (*Conn, error) {
	if w.conn != nil {
		return w.conn, nil
	}
	err := Disabled()
	switch {
	case w.socket:
		w.conn, err = w.dial()
	case err == nil:
		w.conn, w.child, err = spawn(w.HelperPath)
	}
	if err != nil {
		w.conn = nil
	}
	return w.conn, err
}

// Drop implements [Way].
func (w *way) Drop() { w.drop() }

// Turn implements [Way]: it takes the broker socket, if somebody is there.
func (w *way) Turn(why error) error {
	if w.socket {
		return why
	}
	c, err := w.dial()
	if NotEnabled(err) {
		return why
	}
	if err == nil {
		if err = c.interruptible(w.ctx, c.Hello); err == nil {
			w.socket, w.conn = true, c
			return nil
		}
		_ = c.Close()
	}
	return errors.Join(why, err)
}

// dial connects to the broker socket. While too many wait there, it tries again.
func (w *way) dial() (*Conn, error) {
	path := w.SocketPath
	if path == "" {
		path = SocketPath
	}
	c, err := Dial(path, 1)
	for tries := 1; tries < patience && errors.Is(err, unix.EAGAIN) && w.ctx.Err() == nil; tries++ {
		c, err = Dial(path, 1)
	}
	switch {
	case err != nil && w.ctx.Err() != nil:
		return nil, context.Cause(w.ctx)
	case err != nil:
		return nil, err
	}
	if err := c.SetPatience(patience); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// drop lets the helper go, which ends.
func (b *Binder) drop() {
	if b.conn == nil {
		return
	}
	_ = b.conn.Close()
	if b.child != nil {
		b.left.Add(1)
		go reap(b.child, b.left.Done)
	}
	b.conn, b.child = nil, nil
}
