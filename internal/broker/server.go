package broker

import (
	"errors"
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
	out    []byte       // room for a reply
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
	s := &server{who: who, netns: netns, end: end}
	limit := unix.NsecToTimeval(idle.Nanoseconds())
	err = unix.SetsockoptTimeval(channel, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit)
	if err := errors.Join(err, end.Set(maxTime)); err != nil {
		return nil, err
	}
	s.store = policydir.Open(who.UID)
	return s, nil
}

// serve answers requests until the caller closes the channel, is idle for too
// long or has had its number. At the end it takes no more requests but serves
// those that were sent already, so that none is lost.
func (s *server) serve() {
	defer s.tell()
	buf := new(helper.Buffer)
	for s.served < maxRequests {
		frame, fds, err := helper.Receive(channel, buf)
		runtime.Gosched() // a new turn: the runtime's monitor takes the time that was slept for work, and interrupts it
		if errors.Is(err, unix.EAGAIN) {
			break // idle
		}
		if s.end.Set(maxTime) != nil || !s.next(frame, fds, err) {
			return
		}
	}
	_ = unix.Shutdown(channel, unix.SHUT_RD)
	for s.next(helper.ReceiveNow(channel, buf)) {
	}
}

// rehearse judges a request that nobody made, with a socket that is none to bind, and
// forgets the answer: for the first one that somebody makes, policy was read, its
// directories are open, and the code is in memory. Where somebody waits already,
// it is left out.
func (s *server) rehearse() {
	runtime.GOMAXPROCS(1) // one request at a time: the runtime wakes no thread for more
	waiting := []unix.PollFd{{Fd: channel, Events: unix.POLLIN}}
	if n, err := unix.Poll(waiting, 0); err != nil || n > 0 {
		return
	}
	nobodys := helper.Request{Addr: netip.AddrPortFrom(netip.IPv4Unspecified(), 1)}
	req, protocol, reply := s.judge(helper.AppendRequest(nil, nobodys), []int{channel}, nil)
	_ = s.log.Open()
	_, _ = s.record(req, protocol, reply), helper.AppendReply(nil, reply)
}

// next answers a message that was received, or not. It returns false at the end of the
// channel, where none is left, and where the caller must start another helper.
func (s *server) next(frame []byte, fds []int, err error) bool {
	s.served++
	if err != nil && !errors.Is(err, helper.ErrFrame) {
		closeAll(fds)
		return false
	}
	req, protocol, reply := s.judge(frame, fds, err)
	closeAll(fds) // before the reply: then the socket is the program's alone
	s.note(req, protocol, reply)
	s.out = helper.AppendReply(s.out[:0], reply)
	if helper.Send(channel, s.out, -1) != nil {
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
