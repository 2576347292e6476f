package broker

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/policydir"
	"gobind/internal/sys"
	"gobind/policy"
)

// maxTries bounds how often a request is decided anew because the decision had
// grown old before it could be carried out.
const maxTries = 3

// handle judges one request and, if policy permits it, binds the socket. Policy
// comes before anything that the socket could say, as with authbind.
func (s *server) handle(req helper.Request, fd int) (policy.Protocol, helper.Reply) {
	sock, unsuitable := inspect(fd, s.netns)
	if !isPrivileged(req) {
		return sock.protocol, unserved(helper.ReasonPort, unix.EACCES)
	}
	for range maxTries {
		decided := policydir.Now()
		decision, current := s.store.Decide(policy.Request{
			Subject: s.who, Protocol: sock.protocol, Addr: req.Addr.Addr(), Port: req.Addr.Port(),
		})
		switch {
		case !current:
			return sock.protocol, unserved(helper.ReasonRestart, unix.EAGAIN)
		case decision.Verdict != policy.Permit:
			return sock.protocol, denied(req, decision)
		case unsuitable != nil:
			return sock.protocol, *unsuitable
		case policydir.TooOld(decided):
			continue
		}
		return sock.protocol, permitted(decision, bind(fd, sock, req))
	}
	return sock.protocol, unserved(helper.ReasonRestart, unix.EAGAIN)
}

// isPrivileged reports whether the port needs the privilege that the helper
// has: 1 to 1023, or below ip_unprivileged_port_start of its own network
// namespace, which authbind does not know.
func isPrivileged(req helper.Request) bool {
	port := int(req.Addr.Port())
	if port < 1024 || req.Authbind {
		return 0 < port && port < 1024
	}
	text, err := sys.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil {
		return false
	}
	start, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && port < start
}

func unserved(why helper.Reason, errno unix.Errno) helper.Reply {
	return helper.Reply{Verdict: helper.Unserved, Reason: why, Errno: uint16(errno)}
}

// denied is the reply to a request that policy does not permit: EACCES, as the
// kernel would answer, or what authbind would.
func denied(req helper.Request, d policy.Decision) helper.Reply {
	errno := uint16(unix.EACCES)
	if req.Authbind && d.Errno != 0 {
		errno = uint16(d.Errno)
	}
	return helper.Reply{Verdict: helper.Deny, Reason: reason(d.Reason), Errno: errno, Source: source(d)}
}

// permitted is the reply to one that it permits, with the word of bind(2).
func permitted(d policy.Decision, err error) helper.Reply {
	reply := helper.Reply{Verdict: helper.Permit, Reason: reason(d.Reason), Source: source(d)}
	var errno unix.Errno
	switch {
	case errors.As(err, &errno):
		reply.Errno = uint16(errno)
	case err != nil:
		reply.Errno = uint16(unix.EACCES)
	}
	return reply
}

// source is where a decision comes from.
func source(d policy.Decision) helper.Source {
	s := helper.Source{File: d.Source.File, Line: d.Source.Line}
	if d.Syntax != nil {
		s.Column = d.Syntax.Column
	}
	return s
}

// reason is the treaty's word for the policy's.
func reason(r policy.Reason) helper.Reason {
	switch r {
	case policy.ReasonNoRule:
		return helper.ReasonNoRule
	case policy.ReasonAccess:
		return helper.ReasonAccess
	case policy.ReasonLine:
		return helper.ReasonLine
	case policy.ReasonNotExecutable:
		return helper.ReasonNotExecutable
	case policy.ReasonUnsafe:
		return helper.ReasonUnsafe
	case policy.ReasonError:
		return helper.ReasonError
	case policy.ReasonRule:
		return helper.ReasonRule
	case policy.ReasonSyntax:
		return helper.ReasonSyntax
	case policy.ReasonDualStack:
		return helper.ReasonDualStack
	}
	return helper.ReasonError
}
