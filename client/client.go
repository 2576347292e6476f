package client

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"gobind/helper"
)

// ErrClosed is returned by Bind when the helper had closed its side before it
// got the request: nothing was done, and another helper may be asked.
var ErrClosed = errors.New("the helper has ended")

// Conn is one channel to a helper. It is for one goroutine at a time.
type Conn struct {
	channel int
	greeted bool
	id      uint32
	in      helper.Buffer
	out     []byte
}

// New takes over channel, a connected SOCK_SEQPACKET socket whose other
// side is a helper's. It does not wait for the hello: Bind does.
func New(channel int) *Conn { return &Conn{channel: channel} }

// Close closes the channel, upon which the helper ends.
func (c *Conn) Close() error { return unix.Close(c.channel) }

// Bind asks the helper to bind socket, which stays the caller's, and waits for
// its reply, for the first 60 us without giving its thread to anybody but those who run on
// the same processor. Only a reply that says [helper.Reply.Bound] is a success. An error is
// ErrClosed, an *UnavailableError, or says that the outcome is not known; after
// any of them the channel is of no more use.
func (c *Conn) Bind(socket int, addr netip.AddrPort, scopeID uint32, authbind bool, claim helper.Claim) (helper.Reply, error) {
	c.id++
	r := helper.Request{ID: c.id, Authbind: authbind, Addr: addr, ScopeID: scopeID, Claim: claim}
	c.out = helper.AppendRequest(c.out[:0], r)
	sent := helper.Send(c.channel, c.out, socket)
	closed := errors.Is(sent, unix.EPIPE) || errors.Is(sent, unix.ECONNRESET)
	if sent != nil && !closed {
		return helper.Reply{}, fmt.Errorf("ask the helper: %w", sent)
	}
	// A helper that cannot serve says so and ends, maybe before the request.
	err := c.Hello()
	var unavailable *UnavailableError
	if closed && !errors.As(err, &unavailable) {
		return helper.Reply{}, ErrClosed
	}
	if err != nil {
		return helper.Reply{}, err
	}
	frame, err := c.receive()
	if err != nil {
		return helper.Reply{}, fmt.Errorf("read the helper's reply: %w", err)
	}
	reply, err := helper.ParseReply(frame)
	if err != nil {
		return helper.Reply{}, err
	}
	if reply.ID != c.id {
		return helper.Reply{}, fmt.Errorf("reply to request %d instead of %d: %w", reply.ID, c.id, helper.ErrFrame)
	}
	return reply, nil
}

// Hello waits for the helper's hello, which comes once. The error is as Bind's.
func (c *Conn) Hello() error {
	if c.greeted {
		return nil
	}
	frame, err := c.receive()
	if errors.Is(err, ErrClosed) { // told once, and before what it sent
		frame, err = c.receive()
	}
	if err != nil {
		return fmt.Errorf("read the helper's hello: %w", err)
	}
	status, err := helper.ParseHello(frame)
	if err != nil {
		return err
	}
	if status != helper.StatusReady {
		return &UnavailableError{status}
	}
	c.greeted = true
	return nil
}

// HasMessage reports whether a message of the helper's, or its end, can be received
// without waiting.
func (c *Conn) HasMessage() bool {
	fds := []unix.PollFd{{Fd: int32(c.channel), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n == 1
}

// soon is how long a reply is looked for before it is waited for. Mostly it is there in
// half that time, which is less than to sleep, and to be woken up on a processor that
// sleeps, too.
const soon = 60 * time.Microsecond

// await waits for a frame. As long as it looks for one it lets others run (sched_yield(2)),
// since the helper may have this processor alone.
func (c *Conn) await() (frame []byte, fds []int, err error) {
	for start := time.Now(); time.Since(start) < soon; {
		frame, fds, err = helper.ReceiveNow(c.channel, &c.in)
		if err != unix.EAGAIN {
			return frame, fds, err
		}
		_, _, _ = unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
	}
	return helper.Receive(c.channel, &c.in)
}

// receive receives a frame; a helper passes no descriptors. ECONNRESET says that
// it ended with the request unread (unix(7)).
func (c *Conn) receive() ([]byte, error) {
	frame, fds, err := c.await()
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	if errors.Is(err, unix.ECONNRESET) {
		return nil, ErrClosed
	}
	if err == nil && len(fds) > 0 {
		return nil, fmt.Errorf("descriptors from the helper: %w", helper.ErrFrame)
	}
	return frame, err
}
