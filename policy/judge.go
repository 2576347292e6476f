package policy

import (
	"errors"
	"net/netip"
	"slices"
)

// judgeRules decides req by the rules. An IPv4-mapped address is the IPv4 one to
// them, and [::] is two, of which both must be permitted: its socket may take
// both families, or be made to. ReasonNoRule: no rule says anything about it;
// ReasonDualStack: the rule of the Source permits it for one of the families, and
// none says anything about the other.
func judgeRules(req Request, rules Rules) Decision {
	if rules == nil {
		return Decision{}
	}
	var d Decision
	open := []Request{req} // undecided
	open[0].Addr = req.Addr.Unmap()
	if req.Addr == netip.IPv6Unspecified() {
		open = append(open, req)
		open[1].Addr = netip.IPv4Unspecified()
	}
	for file := range rules {
		if file.Fault != nil {
			return file.stop()
		}
		for i := range file.Rules {
			rule := &file.Rules[len(file.Rules)-1-i]
			left := slices.DeleteFunc(open, func(r Request) bool { return rule.Matches(r, file.Names) })
			if len(left) == len(open) {
				continue
			}
			open, d = left, Decision{Verdict: rule.Verdict, Reason: ReasonRule, Source: rule.Source}
			if d.Verdict == Deny || len(open) == 0 {
				return d
			}
		}
	}
	if d.Verdict == Permit {
		return Decision{Reason: ReasonDualStack, Source: d.Source}
	}
	return d
}

// stop is the refusal that the fault of the file causes.
func (f RuleFile) stop() Decision {
	if line := (*RuleError)(nil); errors.As(f.Fault, &line) {
		return Decision{Reason: ReasonSyntax, Source: line.Source, Syntax: line}
	}
	var fault Fault
	errors.As(f.Fault, &fault)
	return fault.stop(f.File, ReasonError)
}

// Matches reports whether the rule is about req, as it stands: its address is
// neither unmapped nor taken for two. The names are those that it was parsed with.
func (r *Rule) Matches(req Request, names Names) bool {
	return r.IsAbout(req.Subject, names) &&
		(slices.Contains(r.Protocols, req.Protocol) || len(r.Protocols) == len(protocolSets[7])) &&
		slices.ContainsFunc(r.Where, func(w Where) bool { return w.contains(req.Addr, req.Port) })
}

// IsAbout reports whether the rule is about the subject. One that permits is about
// nobody if its name is unknown; one that denies is then about all whose ids have
// no name: they may have that one elsewhere.
func (r *Rule) IsAbout(s Subject, names Names) bool {
	switch {
	case r.Who.Kind == Anyone:
		return true
	case r.Who.Unknown && r.Verdict == Permit:
		return false
	case r.Who.Kind == User:
		return r.Who.mayBe(s.UID, names)
	default:
		return r.Who.mayBe(s.GID, names) ||
			slices.ContainsFunc(s.Groups, func(gid uint32) bool { return r.Who.mayBe(gid, names) })
	}
}

func (w Who) mayBe(id uint32, names Names) bool {
	switch {
	case !w.Unknown:
		return w.ID == id
	case names == nil:
		return true
	case w.Kind == User:
		return !names.HasUser(id)
	default:
		return !names.HasGroup(id)
	}
}

func (w Where) contains(addr netip.Addr, port uint16) bool {
	return (!w.Prefix.IsValid() || w.Prefix.Contains(addr)) &&
		slices.ContainsFunc(w.Ports, func(p PortRange) bool { return p.Min <= port && port <= p.Max })
}
