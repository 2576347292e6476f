package rulesedit_test

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gobind/internal/rulesedit"
	"gobind/policy"
)

// oneOf is a list of one to three of the words, with a separator.
func oneOf(t *rapid.T, what, separator string, list ...string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(list), 1, 3).Draw(t, what), separator)
}

func drawRule(t *rapid.T) string {
	protocols := oneOf(t, "protocols", ",", "tcp", "udp", "sctp")
	if rapid.Bool().Draw(t, "any") {
		protocols = "any"
	}
	rule := rapid.SampledFrom([]string{"alice", "1", "bob", ":web", "*", "gone"}).Draw(t, "who") + " " + protocols
	for range rapid.IntRange(1, 3).Draw(t, "places") {
		rule += " " + rapid.SampledFrom([]string{"*", "10.0.0.0/8", "10.0.0.1", "0.0.0.0", "0.0.0.0/0", "[::]/0", "[::]", "[::1]"}).Draw(t, "address") +
			":" + oneOf(t, "ports", ",", "80", "http", "79-81", "443", "*", "domain")
	}
	return rule
}

func drawRequest(t *rapid.T) policy.Request {
	return policy.Request{
		Subject: policy.Subject{
			UID: rapid.SampledFrom([]uint32{1, 2, 3}).Draw(t, "uid"), GID: rapid.SampledFrom([]uint32{10, 12}).Draw(t, "gid"),
		},
		Protocol: rapid.SampledFrom([]policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP}).Draw(t, "protocol"),
		Addr: netip.MustParseAddr(rapid.SampledFrom(
			[]string{"0.0.0.0", "10.0.0.1", "10.9.9.9", "127.0.0.1", "::", "::1", "::ffff:10.0.0.1"}).Draw(t, "addr")),
		Port: rapid.SampledFrom([]uint16{53, 79, 80, 443, 1}).Draw(t, "port"),
	}
}

func decide(t *rapid.T, req policy.Request, texts ...string) bool {
	return policy.Evaluate(req, func(yield func(policy.RuleFile) bool) {
		for _, file := range files(t, texts...) {
			if !yield(file) {
				return
			}
		}
	}).Verdict == policy.Permit
}

// After permit, what the rule permits is permitted, and nothing else than before
// and that. If permit has nothing to do, it is permitted as it is.
func TestPermitDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for range rapid.IntRange(0, 4).Draw(t, "lines") {
			text += rapid.SampledFrom([]string{"permit ", "deny "}).Draw(t, "verdict") + drawRule(t) + "\n"
		}
		words, req := drawRule(t), drawRequest(t)
		after := rulesedit.Permit(text, "permit "+words).Text()
		_, already := files(t, text).Permit(rule(t, words))
		before, now, theirs := decide(t, req, text), decide(t, req, after), decide(t, req, "permit "+words)
		switch {
		case theirs && !now:
			t.Fatalf("not permitted: %q", after)
		case now && !before && !theirs && req.Addr != netip.IPv6Unspecified(): // which can be permitted by two rules
			t.Fatalf("permitted too: %q", after)
		case before && !now:
			t.Fatalf("not permitted any more: %q", after)
		case already && theirs && !before:
			t.Fatalf("nothing to do, but it is not permitted: %q", text)
		}
		if _, ok := files(t, after).Permit(rule(t, words)); !ok && !strings.HasPrefix(words, "gone") {
			t.Fatalf("a second permit changes something: %q", after)
		}
	})
}

// Revoke takes nothing from others, takes nothing else, and says what still permits
// some of it.
func TestRevokeDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for range rapid.IntRange(0, 4).Draw(t, "lines") {
			text += "permit " + drawRule(t) + rapid.SampledFrom([]string{"\n", " # why\n"}).Draw(t, "comment")
		}
		words, req := drawRule(t), drawRequest(t)
		what := rule(t, words)
		after := rulesedit.Revoke(text, parse(t, "1", text).Rules, what).Text()
		left := files(t, after)
		before, now, theirs := decide(t, req, text), decide(t, req, after), decide(t, req, "permit "+words)
		still := left.StillPermit(what)
		switch {
		case now && !before:
			t.Fatalf("revoke permits: %q", after)
		case before && !now && !what.Matches(req, fakeNames{}) && req.Addr.Unmap() == req.Addr && req.Addr != netip.IPv6Unspecified():
			t.Fatalf("taken too: %q", after)
		case now && theirs && what.Who.Kind == policy.User && len(still) == 0:
			t.Fatalf("still permitted, and not said: %q", after)
		}
		if again := rulesedit.Revoke(after, left[0].Rules, what); again.Changes() {
			t.Fatalf("a second revoke changes something: %q", after)
		}
	})
}
