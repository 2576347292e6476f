package judge

import (
	"net/netip"

	"gobind/internal/tree"
	"gobind/policy"
)

// allRules are the rules of a file: the helper keeps those alone that are about its
// caller. Where this process may not read it, or it has changed, that is all.
func allRules(fs *tree.FS, file policy.RuleFile) []policy.Rule {
	e := fs.ReadFile(file.File, tree.MaxRules)
	if rules, err := policy.ParseRules(file.File, e.Content, file.Names); e.Err == nil && err == nil && len(rules) > 0 {
		return rules
	}
	return file.Rules
}

// explainRules finds the rules that match the undecided requests, in the order in
// which they are asked: the last first. It returns the requests that are undecided
// afterwards.
func (e *Explanation) explainRules(fs *tree.FS, open []policy.Request) []policy.Request {
	if e.Said != Silent {
		return open
	}
	var near []Line
	rules := allRules(fs, *e.Rules)
	for i := range rules {
		rule := &rules[len(rules)-1-i]
		left := open[:0:0]
		for _, one := range open {
			line := Line{Number: rule.Source.Line, Rule: rule, Of: one.Addr, Why: Matches}
			if rule.Matches(one, e.Rules.Names) {
				e.Lines = append(e.Lines, line)
				continue
			}
			left = append(left, one)
			if line.Why = nearly(*rule, one, e.Rules.Names); line.Why != "" && len(near) < maxNear {
				near = append(near, line)
			}
		}
		matched := len(left) < len(open)
		open = left
		switch {
		case matched && rule.Verdict == policy.Deny:
			e.Said = Denies
			return open
		case matched && len(open) == 0:
			e.Said = Permits
			return open
		case matched:
			e.Said = OneFamily
		}
	}
	if e.Said == Silent {
		e.Lines = near
	}
	return open
}

// families are the requests that rules see in place of req.
func families(req policy.Request) []policy.Request {
	one := req
	one.Addr = req.Addr.Unmap()
	if req.Addr != netip.IPv6Unspecified() {
		return []policy.Request{one}
	}
	two := one
	two.Addr = netip.IPv4Unspecified()
	return []policy.Request{one, two}
}

// nearly is why a rule does not match, if it is one thing alone, and the rule
// permits.
func nearly(rule policy.Rule, req policy.Request, names policy.Names) Why {
	protocol, address, port, known := rule, rule, rule, rule
	protocol.Protocols = []policy.Protocol{req.Protocol}
	address.Where, port.Where = nil, nil
	for _, w := range rule.Where {
		address.Where = append(address.Where, policy.Where{Ports: w.Ports})
		port.Where = append(port.Where, policy.Where{Prefix: w.Prefix, Ports: []policy.PortRange{{Min: 1, Max: 65535}}})
	}
	known.Who = policy.Who{}
	switch {
	case rule.Verdict != policy.Permit:
		return ""
	case protocol.Matches(req, names):
		return OtherProtocol
	case address.Matches(req, names):
		return OtherAddress
	case port.Matches(req, names):
		return OtherPort
	case rule.Who.Unknown && known.Matches(req, names):
		return UnknownName
	default:
		return ""
	}
}
