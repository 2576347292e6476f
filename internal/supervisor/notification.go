package supervisor

import (
	"errors"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/refusal"
	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// response is how a notification is answered. The zero value lets the kernel do
// the bind as if gobind were not there.
type response struct {
	decided bool
	errno   unix.Errno // 0: the socket is bound
}

// kernel is the response to what is not ours to judge.
var kernel = response{}

// request is a bind that the helper is to judge.
type request struct {
	id     uint64 // of the notification
	tid    int
	addr   address
	socket int    // a duplicate that we own
	cookie uint64 // SO_COOKIE of the socket
	who    identity
}

// handle judges one notification and answers it. An error is of an answer that
// could not be sent while the target waits for it.
func (s *Supervisor) handle(n seccomp.Notification) error {
	req, ok := s.examine(n)
	if !ok {
		return unlessGone(s.listener.Continue(n.ID))
	}
	r := s.judge(req)
	s.close(req.socket) // before the response: then it is the program's alone
	if !r.decided {
		return unlessGone(s.listener.Continue(n.ID))
	}
	err := s.listener.Respond(n.ID, r.errno)
	if err != nil && r.errno == 0 {
		s.recent.remember(req.cookie, req.addr)
	}
	return unlessGone(err)
}

// unlessGone is the error of a response, nil where nobody waits for it any more.
func unlessGone(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// examine copies out of the target what a judgement needs. It returns false for
// what is left to the kernel: no privileged inet address, a target that may bind
// it by itself, or one that is gone or cannot be looked into.
func (s *Supervisor) examine(n seccomp.Notification) (request, bool) {
	req := request{id: n.ID, tid: int(n.PID)}
	read := s.reader(req.tid)
	call, ok := n.Data.Bind(read)
	if !ok {
		return req, false
	}
	if req.addr, ok = copyAddress(call, read); !ok || !s.isPrivileged(req.addr.Port()) {
		return req, false
	}
	var err error
	if req.who, err = s.thread.identify(req.tid); err != nil || req.who.canBind(req.tid, s.Authbind) {
		return req, false
	}
	if req.socket, err = s.duplicate(req.who, int(call.FD)); err != nil {
		s.opaque(req.tid, err)
		return req, false
	}
	if !s.Authbind && !s.ours(req.socket) {
		s.close(req.socket)
		return req, false
	}
	req.cookie = cookieOf(req.socket)
	return req, true
}

// judge asks the helper. The notification must still be valid after all that was
// read by thread id: then the thread has waited all the while, and the id was
// its own.
func (s *Supervisor) judge(req request) response {
	if !s.listener.Valid(req.id) {
		return kernel // or nobody's: then it is not sent
	}
	if s.recent.repeated(req.cookie, req.addr) {
		return response{decided: true}
	}
	if !req.who.sameSubject(s.helpers.self) && !s.helpers.self.isRoot() {
		s.trouble(req, Trouble{Kind: ForeignIdentity})
		return kernel
	}
	reply, err := s.helpers.bind(req.who, func(c *client.Conn) (helper.Reply, error) {
		claim := helper.Claim{PID: uint32(req.who.tgid), Program: req.who.comm, Mode: s.Mode.claim()}
		reply, err := c.Bind(req.socket, req.addr.AddrPort, req.addr.scope, s.Authbind, claim)
		return reply, client.Unserved(err, req.socket)
	})
	if err != nil {
		s.unavailable(req, err)
		return kernel
	}
	return s.answer(req, reply)
}

// answer turns the helper's reply into the response.
func (s *Supervisor) answer(req request, reply helper.Reply) response {
	if !reply.Bound() && s.isFree(req.addr.Port()) {
		return kernel
	}
	switch reply.Verdict {
	case helper.Permit:
		return response{decided: true, errno: unix.Errno(reply.Errno)}
	case helper.Deny:
		s.report.Refused(Refusal{
			UID: req.who.ruid, Protocol: protocolOf(req.socket), Addr: req.addr.AddrPort,
			Reason: reply.Reason, Source: reply.Source,
		})
		errno := unix.Errno(reply.Errno)
		if errno == 0 {
			errno = unix.EACCES
		}
		return response{decided: true, errno: errno}
	case helper.Unserved:
		s.unavailable(req, &refusal.UnservedError{Reason: reply.Reason})
	}
	return kernel
}

// unavailable reports that no helper answered.
func (s *Supervisor) unavailable(req request, err error) {
	t := Trouble{Kind: NoHelper, Err: err}
	var status *client.UnavailableError
	if errors.As(err, &status) {
		t.Status = status.Status
	}
	s.trouble(req, t)
}

// trouble reports why a bind is left to the kernel, unless the kernel lets it be.
func (s *Supervisor) trouble(req request, t Trouble) {
	if !s.isFree(req.addr.Port()) {
		t.Addr, t.UID = req.addr.AddrPort, req.who.ruid
		s.report.Trouble(t)
	}
}

// opaque reports a target that this process may not look into; a descriptor
// that is not open, or a target that is gone, is nothing to report.
func (s *Supervisor) opaque(tid int, err error) {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		s.report.Trouble(Trouble{Kind: OpaqueTarget, PID: tid, Err: err})
	}
}

// reader reads memory of the thread's process, whole or not at all.
func (s *Supervisor) reader(tid int) func(uint64, []byte) bool {
	return func(addr uint64, buf []byte) bool {
		n, err := sys.ReadMemory(tid, uintptr(addr), buf)
		if err != nil {
			s.opaque(tid, err)
		}
		return err == nil && n == len(buf)
	}
}

// copyAddress copies the sockaddr of a bind, once, and parses the copy. Lengths
// that the kernel refuses by itself are left to it, and so is bad memory.
func copyAddress(call seccomp.BindCall, read func(uint64, []byte) bool) (address, bool) {
	var raw [maxSockaddr]byte
	if call.AddrLen < minInet4 || call.AddrLen > maxSockaddr || !read(call.Addr, raw[:call.AddrLen]) {
		return address{}, false
	}
	return parseSockaddr(raw[:call.AddrLen])
}
