package broker

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/policy"
)

// Refusals that differ in no more than the claims and the number of the frame are
// alike; all else is written.
func TestAlike(t *testing.T) {
	s := &server{alike: map[refusal]tally{}}
	written := func(port uint16, reply helper.Reply) (n int) {
		for i := range 3 * maxAlike {
			req := helper.Request{Addr: netip.AddrPortFrom(netip.IPv6Unspecified(), port)}
			req.Claim.PID, reply.ID = uint32(i), uint32(i)
			if s.isWritten(req, policy.ProtocolTCP, reply) {
				n++
			}
		}
		return n
	}
	refused := helper.Reply{Verdict: helper.Deny, Reason: helper.ReasonNoRule, Errno: uint16(unix.EACCES)}
	for _, port := range []uint16{80, 443} {
		if n := written(port, refused); n != maxAlike {
			t.Errorf("port %d: %d records, want %d", port, n, maxAlike)
		}
	}
	if n := written(80, helper.Reply{Verdict: helper.Permit, Reason: helper.ReasonRule}); n != 3*maxAlike {
		t.Errorf("%d records of binds, want all", n)
	}
	if len(s.alike) != 2 {
		t.Errorf("%d kinds are counted, want 2", len(s.alike))
	}
	for _, t2 := range s.alike {
		if t2.n != 3*maxAlike || t2.last.Claim.PID != 3*maxAlike-1 {
			t.Errorf("%d are counted, the last one of process %d", t2.n, t2.last.Claim.PID)
		}
	}
}
