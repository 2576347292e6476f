package broker

import (
	"errors"
	"io"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/audit"
	"gobind/internal/policydir"
	"gobind/internal/sys"
	"gobind/policy"
)

// Bounds of one helper process.
const (
	maxRequests = 1000
	idle        = 10 * time.Second
	maxTime     = 15 * time.Second // for one request; longer than idle
	maxAlike    = 10               // records of one refusal in a span; then they are counted
	span        = time.Minute
)

// server serves the requests of one caller, in turn.
type server struct {
	who    policy.Subject
	store  *policydir.Store
	log    audit.Log
	netns  uint64 // cookie of the helper's network namespace
	served int
	end    sys.Deadline // of this process, whatever it waits for
	spanAt time.Time    // when the span began
	alike  map[refusal]tally
}

// newServer makes the server of the caller, while the privilege is there to open
// the policy that only root may read.
func newServer(who policy.Subject) (*server, error) {
	netns, err := sys.OwnNetnsCookie()
	if err != nil {
		return nil, err
	}
	end, err := sys.NewDeadline()
	if err != nil {
		return nil, err
	}
	if err := end.Set(maxTime); err != nil {
		return nil, err
	}
	return &server{who: who, store: policydir.Open(who.UID), netns: netns, end: end}, nil
}

// serve answers requests until the caller closes the channel, is idle for too
// long or has had its number. At the end it takes no more requests but serves
// those that were sent already, so that none is lost.
func (s *server) serve() {
	defer s.tell()
	buf := make([]byte, helper.MaxFrame+1)
	for s.served < maxRequests && s.wait(idle) {
		if s.end.Set(maxTime) != nil || !s.next(buf) {
			return
		}
	}
	_ = unix.Shutdown(channel, unix.SHUT_RD)
	for s.wait(0) && s.next(buf) {
	}
}

// rehearse judges a request that nobody made, with a socket that is none to bind, and
// forgets the answer: for the first one that somebody makes, policy was read, its
// directories are open, and the code is in memory. Where somebody waits already,
// it is left out.
func (s *server) rehearse() {
	runtime.GOMAXPROCS(1) // one request at a time: the runtime wakes no thread for more
	if s.wait(0) {
		return
	}
	nobodys := helper.Request{Addr: netip.AddrPortFrom(netip.IPv4Unspecified(), 1)}
	req, protocol, reply := s.judge(helper.AppendRequest(nil, nobodys), []int{channel}, nil)
	_, _ = record(s.who, req, protocol, reply), helper.AppendReply(nil, reply)
}

// wait reports whether a frame, or the end of the channel, came in time.
func (s *server) wait(limit time.Duration) bool {
	deadline := time.Now().Add(limit)
	for {
		fds := []unix.PollFd{{Fd: channel, Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(0, time.Until(deadline)).Milliseconds()))
		runtime.Gosched() // a new turn: the runtime's monitor takes the time that poll(2) slept for work, and interrupts it
		if !errors.Is(err, unix.EINTR) {
			return err == nil && n == 1
		}
	}
}

// next receives one request and answers it. It returns false at the end of the
// channel, and where the caller must start another helper.
func (s *server) next(buf []byte) bool {
	s.served++
	frame, fds, err := helper.ReceiveNow(channel, buf)
	if errors.Is(err, unix.EAGAIN) { // somebody with a copy of the channel took it
		return s.served < maxRequests
	}
	if errors.Is(err, io.EOF) || err != nil && !errors.Is(err, helper.ErrFrame) {
		closeAll(fds)
		return false
	}
	req, protocol, reply := s.judge(frame, fds, err)
	closeAll(fds) // before the reply: then the socket is the program's alone
	s.note(req, protocol, reply)
	if helper.Send(channel, helper.AppendReply(nil, reply), -1) != nil {
		return false
	}
	return reply.Reason != helper.ReasonRestart
}

// judge answers a message: exactly one request frame with exactly one socket.
func (s *server) judge(frame []byte, fds []int, err error) (helper.Request, policy.Protocol, helper.Reply) {
	malformed := helper.Reply{Verdict: helper.Unserved, Reason: helper.ReasonFrame, Errno: uint16(unix.EINVAL)}
	if err != nil {
		return helper.Request{}, 0, malformed
	}
	req, err := helper.ParseRequest(frame)
	if err != nil || len(fds) != 1 {
		malformed.ID = req.ID
		return req, 0, malformed
	}
	protocol, reply := s.handle(req, fds[0])
	reply.ID = req.ID
	return req, protocol, reply
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}
