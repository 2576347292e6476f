package lint

import (
	"net/netip"
	"slices"

	"gobind/policy"
)

// shadows looks for rules that never decide, since rules after them have the word,
// and for rules of which a bind of [::] takes only a half.
func (l *linter) shadows(all []policy.Rule) {
	later := cover{}
	for _, rule := range slices.Backward(all) {
		parts := atoms(rule)
		if by, ok := later.hides(parts); ok {
			kind := RuleHidden
			if by.verdict == rule.Verdict {
				kind = RuleRepeated
			}
			l.report(kind, rule.Source.File, at(rule, by.source.String()))
		}
		if rule.Who.Unknown && rule.Verdict == policy.Permit {
			continue // it is about nobody
		}
		for _, part := range parts {
			later.add(part)
		}
	}
	for _, rule := range all {
		if ports, half := halfStack(rule, later); half {
			f := at(rule, "")
			f.Detail = portsText(uint32(ports.Min), uint32(ports.Max))
			l.report(RuleDualStack, rule.Source.File, f)
		}
	}
}

// cover is what rules decide, by whom they are about.
type cover map[key]*byPrefix

// byPrefix is what rules about somebody decide, by prefix.
type byPrefix struct {
	atoms   map[netip.Prefix][]atom
	lengths []int // of the prefixes
}

func (c cover) add(a atom) {
	by := c[a.key]
	if by == nil {
		by = &byPrefix{atoms: map[netip.Prefix][]atom{}}
		c[a.key] = by
	}
	if !slices.Contains(by.lengths, a.prefix.Bits()) {
		by.lengths = append(by.lengths, a.prefix.Bits())
	}
	if _, ok := covered(a.ports, by.atoms[a.prefix]); !ok {
		by.atoms[a.prefix] = append(by.atoms[a.prefix], a)
	}
}

// hides reports whether all parts are covered, and by what the last one is.
func (c cover) hides(parts []atom) (by atom, ok bool) {
	for _, part := range parts {
		if by, ok = covered(part.ports, c.about(part)); !ok {
			return by, false
		}
	}
	return by, true
}

// about are the atoms about everybody whom a is about, and every address.
func (c cover) about(a atom) []atom {
	var all []atom
	keys := []key{a.key, {protocol: a.protocol}}
	if a.kind == policy.Anyone {
		keys = keys[:1]
	}
	for _, k := range keys {
		if c[k] == nil {
			continue
		}
		for _, bits := range c[k].lengths {
			if bits <= a.prefix.Bits() {
				all = append(all, c[k].atoms[netip.PrefixFrom(a.prefix.Addr(), bits).Masked()]...)
			}
		}
	}
	return all
}

// covered reports whether the atoms cover all the ports together, and which of them
// covers the last ones.
func covered(ports policy.PortRange, by []atom) (last atom, ok bool) {
	for next := int(ports.Min); next <= int(ports.Max); {
		i := slices.IndexFunc(by, func(a atom) bool { return int(a.ports.Min) <= next && next <= int(a.ports.Max) })
		if i < 0 {
			return last, false
		}
		last = by[i]
		next = int(last.ports.Max) + 1
	}
	return last, true
}

// halfStack finds a rule that permits [::] for ports about whose 0.0.0.0 no rule
// says anything to the same subject: a bind of [::] needs both.
func halfStack(r policy.Rule, all cover) (policy.PortRange, bool) {
	if r.Verdict == policy.Deny || r.Who.Unknown {
		return policy.PortRange{}, false
	}
	for _, part := range atoms(r) {
		if part.prefix.Addr().Is4() || !part.prefix.Contains(netip.IPv6Unspecified()) {
			continue
		}
		ports := part.ports
		part.prefix = netip.PrefixFrom(netip.IPv4Unspecified(), 32)
		if _, ok := covered(ports, all.about(part)); !ok {
			return ports, true
		}
	}
	return policy.PortRange{}, false
}
