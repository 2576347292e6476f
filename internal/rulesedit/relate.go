package rulesedit

import (
	"iter"
	"net/netip"

	"gobind/policy"
)

// piece is what a rule says of one protocol, prefix and range of ports.
type piece struct {
	rule     *policy.Rule
	protocol policy.Protocol
	prefix   netip.Prefix
	ports    policy.PortRange
}

func pieces(rule *policy.Rule) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for _, protocol := range rule.Protocols {
			for _, where := range rule.Where {
				for _, ports := range where.Ports {
					if !yield(piece{rule, protocol, where.Prefix, ports}) {
						return
					}
				}
			}
		}
	}
}

// covers reports whether p is about every request that q is about, the subject
// aside.
func (p piece) covers(q piece) bool {
	return p.protocol == q.protocol && p.ports.Min <= q.ports.Min && q.ports.Max <= p.ports.Max &&
		(!p.prefix.IsValid() || q.prefix.IsValid() && p.prefix.Bits() <= q.prefix.Bits() && p.prefix.Overlaps(q.prefix))
}

// meets reports whether there is a request that both are about, the subject aside.
func (p piece) meets(q piece) bool {
	return p.protocol == q.protocol && p.ports.Min <= q.ports.Max && q.ports.Min <= p.ports.Max &&
		(!p.prefix.IsValid() || !q.prefix.IsValid() || p.prefix.Overlaps(q.prefix))
}

// sameWho reports whether both were written for the same user, group, or anyone.
func sameWho(a, b policy.Who) bool {
	return a.Kind == b.Kind && a.Unknown == b.Unknown && (a.Unknown && a.Name == b.Name || !a.Unknown && a.ID == b.ID)
}

// isAboutAll reports whether the rule is about everybody whom who, a known one, is.
func isAboutAll(rule *policy.Rule, who policy.Who) bool {
	return rule.Who.Kind == policy.Anyone || !rule.Who.Unknown && sameWho(rule.Who, who)
}

// isAboutSome reports whether the rule may be about somebody whom who, a known one,
// is. Who is in a group, or in two, is not asked.
func isAboutSome(rule *policy.Rule, who policy.Who, names policy.Names) bool {
	switch {
	case rule.Who.Unknown && rule.Verdict == policy.Permit:
		return false
	case rule.Who.Kind != policy.User || who.Kind != policy.User:
		return true
	case rule.Who.Unknown:
		return !names.HasUser(who.ID)
	default:
		return rule.Who.ID == who.ID
	}
}
