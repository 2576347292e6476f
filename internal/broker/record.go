package broker

import (
	"net/netip"
	"time"

	"gobind/helper"
	"gobind/internal/audit"
	"gobind/policy"
)

// modes are the launch modes of a claim.
var modes = [...]string{"none", "inplace", "parent"}

// record is the audit record of a request and its reply. What the client claims
// is quoted, and named so.
func (s *server) record(req helper.Request, protocol policy.Protocol, reply helper.Reply) *audit.Record {
	r := s.log.Begin(reply.Bound()).
		Word("verdict", verdicts[reply.Verdict]).
		Number("uid", int64(s.who.UID)).
		Number("gid", int64(s.who.GID)).
		Word("protocol", protocol.String()).
		Quoted("address", req.Addr.Addr().String()).
		Number("port", int64(req.Addr.Port()))
	if req.ScopeID != 0 {
		r.Number("scope", int64(req.ScopeID))
	}
	r.Number("errno", int64(reply.Errno)).Word("reason", reasons[reply.Reason])
	if reply.Source.File != "" {
		r.Quoted("source", reply.Source.File).Number("line", int64(reply.Source.Line))
	}
	if reply.Source.Column != 0 {
		r.Number("column", int64(reply.Source.Column))
	}
	return r.Number("claimed_pid", int64(req.Claim.PID)).
		Quoted("claimed_program", req.Claim.Program).
		Word("claimed_mode", modes[req.Claim.Mode])
}

// refusal is what makes refusals alike: all of the record but the claims, which
// the caller could vary.
type refusal struct {
	addr     netip.AddrPort
	scope    uint32
	protocol policy.Protocol
	reply    helper.Reply
}

// tally counts the refusals that are alike in a span.
type tally struct {
	n    int
	last helper.Request
}

// note writes the audit record of a reply. Of refusals that are alike it writes
// the first ones of a span, and counts the others.
func (s *server) note(req helper.Request, protocol policy.Protocol, reply helper.Reply) {
	if time.Since(s.spanAt) >= span {
		s.tell()
	}
	if s.isWritten(req, protocol, reply) {
		s.log.Write(s.record(req, protocol, reply))
	}
}

// isWritten counts a record, and reports whether it is written by itself.
func (s *server) isWritten(req helper.Request, protocol policy.Protocol, reply helper.Reply) bool {
	if reply.Verdict != helper.Deny {
		return true
	}
	reply.ID = 0
	key := refusal{req.Addr, req.ScopeID, protocol, reply}
	n := s.alike[key].n + 1
	s.alike[key] = tally{n, req}
	return n <= maxAlike
}

// tell ends a span: where refusals were left out, it writes the last one of them
// with how many they are.
func (s *server) tell() {
	for key, t := range s.alike {
		if t.n > maxAlike {
			s.log.Write(s.record(t.last, key.protocol, key.reply).Number("left_out", int64(t.n-maxAlike)))
		}
	}
	s.spanAt, s.alike = time.Now(), map[refusal]tally{}
}

var verdicts = map[helper.Verdict]string{
	helper.Deny: "deny", helper.Permit: "permit", helper.Unserved: "unserved",
}

var reasons = map[helper.Reason]string{
	helper.ReasonNoRule:        "no-rule",
	helper.ReasonAccess:        "access",
	helper.ReasonLine:          "line",
	helper.ReasonNotExecutable: "not-executable",
	helper.ReasonUnsafe:        "unsafe",
	helper.ReasonError:         "error",
	helper.ReasonRestart:       "restart",
	helper.ReasonSocket:        "socket",
	helper.ReasonNamespace:     "namespace",
	helper.ReasonFrame:         "frame",
	helper.ReasonPort:          "port",
	helper.ReasonRule:          "rule",
	helper.ReasonSyntax:        "syntax",
	helper.ReasonDualStack:     "dual-stack",
}
