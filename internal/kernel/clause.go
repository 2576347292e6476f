package kernel

import (
	"net/netip"
	"slices"

	"gobind/policy"
)

// stage is which half of policy a clause belongs to: rules are asked first.
type stage uint8

const (
	rules stage = iota
	trees
)

// protocols is a set of those that the kernel's hook is called for.
type protocols uint8

const (
	tcp protocols = 1 << iota
	udp
)

// clause is one statement of policy about one kind of subject. Of those that match
// a request, that with the greatest rank has the word of its stage.
type clause struct {
	rank      uint32
	permit    bool
	stage     stage
	kind      kind
	id        uint32
	protocols protocols
	min, max  uint16       // ports
	where     netip.Prefix // the zero Prefix is every address
}

// word is the clause's verdict as the tables have it.
func (c clause) word() uint32 {
	if c.permit {
		return c.rank<<1 | 1
	}
	return c.rank << 1
}

// verdicts are the clause's alone.
func (c clause) verdicts() verdicts {
	var tcpWord, udpWord uint32
	if c.protocols&tcp != 0 {
		tcpWord = c.word()
	}
	if c.protocols&udp != 0 {
		udpWord = c.word()
	}
	if c.stage == rules {
		return verdicts{RulesTCP: tcpWord, RulesUDP: udpWord}
	}
	return verdicts{TreesTCP: tcpWord, TreesUDP: udpWord}
}

// last is the last word of both.
func (v verdicts) last(w verdicts) verdicts {
	return verdicts{
		max(v.RulesTCP, w.RulesTCP), max(v.RulesUDP, w.RulesUDP),
		max(v.TreesTCP, w.TreesTCP), max(v.TreesUDP, w.TreesUDP),
	}
}

// ruleClauses are those of the files of rules, the first file first, which is the
// one of the least rank. rank is that of the last clause before them.
func ruleClauses(files []policy.RuleFile, rank uint32) ([]clause, uint32) {
	var all []clause
	for _, file := range files {
		if file.Fault != nil {
			rank++
			all = append(all, clause{rank: rank, kind: anyone, protocols: tcp | udp, min: 1, max: 65535})
			continue
		}
		for _, r := range file.Rules {
			rank++
			all = appendRule(all, r, rank)
		}
	}
	return all, rank
}

// appendRule appends the clauses of one rule.
func appendRule(all []clause, r policy.Rule, rank uint32) []clause {
	c := clause{rank: rank, permit: r.Verdict == policy.Permit, id: r.Who.ID, protocols: protocolsOf(r.Protocols)}
	switch r.Who.Kind {
	case policy.Anyone:
		c.kind, c.id = anyone, 0
	case policy.User:
		c.kind = user
	case policy.Group:
		c.kind = group
	}
	if r.Who.Unknown {
		if c.permit {
			return all // nobody that is known
		}
		c.id = 0
		c.kind = map[kind]kind{user: unnamedUser, group: unnamedGroup}[c.kind]
	}
	if c.protocols == 0 {
		return all
	}
	for _, w := range r.Where {
		c.where = w.Prefix
		for _, ports := range w.Ports {
			c.min, c.max = ports.Min, ports.Max
			all = append(all, c)
		}
	}
	return all
}

// omittedRules are the rules that permit SCTP by name.
func omittedRules(files []policy.RuleFile) []Omission {
	var all []Omission
	for _, file := range files {
		for _, r := range file.Rules {
			if r.Verdict == policy.Permit && !r.Who.Unknown && len(r.Protocols) < 3 && slices.Contains(r.Protocols, policy.ProtocolSCTP) {
				all = append(all, Omission{Source: r.Source, Why: "SCTP, which the kernel asks no program about"})
			}
		}
	}
	return all
}

// protocolsOf are the protocols of a rule that the kernel's hook is called for.
func protocolsOf(list []policy.Protocol) protocols {
	var set protocols
	for _, p := range list {
		switch p {
		case policy.ProtocolTCP:
			set |= tcp
		case policy.ProtocolUDP:
			set |= udp
		case policy.ProtocolSCTP: // binds as it likes, and passes no hook
		}
	}
	return set
}
