package rulesedit

import (
	"slices"
	"strings"

	"gobind/policy"
)

// port is the place of a port in a rule: which word of addresses, which of its
// ports.
type port struct{ word, item int }

// loss is what a rule loses by a revocation.
type loss struct {
	ports     []port
	protocols []policy.Protocol
	whole     bool
}

// without is the line of a rule without what is revoked: "" if nothing is left.
func without(line string, rule, what *policy.Rule) string {
	switch lost := losses(rule, what); {
	case lost.whole:
		return ""
	case len(lost.protocols) > 0:
		return withoutProtocols(line, rule, lost.protocols)
	default:
		return withoutPorts(line, lost.ports)
	}
}

// losses are the ports of a rule that are revoked for all its protocols, or the
// protocols whose ports are all revoked, if that leaves nothing of what is revoked.
func losses(rule, what *policy.Rule) loss {
	covered := func(p piece) bool { return somePiece(what, func(q piece) bool { return q.covers(p) }) }
	met := func(p piece) bool { return somePiece(what, func(q piece) bool { return q.meets(p) }) }
	var l loss
	l.whole, l.ports = true, nil
	touched := false // a port that stays is revoked in part
	for i, where := range rule.Where {
		for j, ports := range where.Ports {
			of := func(p policy.Protocol) piece { return piece{rule, p, where.Prefix, ports} }
			if !slices.ContainsFunc(rule.Protocols, func(p policy.Protocol) bool { return !covered(of(p)) }) {
				l.ports = append(l.ports, port{i, j})
				continue
			}
			l.whole = false
			touched = touched || slices.ContainsFunc(rule.Protocols, func(p policy.Protocol) bool { return met(of(p)) })
		}
	}
	if !touched {
		return l
	}
	for _, protocol := range rule.Protocols {
		alone := *rule
		alone.Protocols = []policy.Protocol{protocol}
		switch {
		case !somePiece(&alone, func(p piece) bool { return !covered(p) }):
			l.protocols = append(l.protocols, protocol)
		case somePiece(&alone, met):
			return loss{ports: l.ports}
		}
	}
	return l
}

func somePiece(rule *policy.Rule, is func(piece) bool) bool {
	for p := range pieces(rule) {
		if is(p) {
			return true
		}
	}
	return false
}

// word is a word of a line, from a byte to another.
type word struct{ from, to int }

// words are the words of a line, without a comment at its end.
func words(line string) (all []word) {
	const blanks = " \t\n"
	for at := 0; ; {
		at += len(line[at:]) - len(strings.TrimLeft(line[at:], blanks))
		if at == len(line) || line[at] == '#' {
			return all
		}
		end := strings.IndexAny(line[at:], blanks)
		if end < 0 {
			end = len(line) - at
		}
		all = append(all, word{at, at + end})
		at += end
	}
}

// The words of a rule: permit, who, protocols, and then places.
const (
	protocolsWord = 2
	firstPlace    = 3
)

func withoutProtocols(line string, rule *policy.Rule, lost []policy.Protocol) string {
	var left []string
	for _, p := range rule.Protocols {
		if !slices.Contains(lost, p) {
			left = append(left, p.String())
		}
	}
	w := words(line)[protocolsWord]
	return line[:w.from] + strings.Join(left, ",") + line[w.to:]
}

func withoutPorts(line string, lost []port) string {
	all := words(line)
	for i := len(all) - 1; i >= firstPlace; i-- {
		w := all[i]
		colon := w.from + strings.LastIndexByte(line[w.from:w.to], ':')
		var left []string
		for j, item := range strings.Split(line[colon+1:w.to], ",") {
			if !slices.Contains(lost, port{i - firstPlace, j}) {
				left = append(left, item)
			}
		}
		if len(left) > 0 {
			line = line[:colon+1] + strings.Join(left, ",") + line[w.to:]
		} else {
			line = line[:all[i-1].to] + line[w.to:]
		}
	}
	return line
}
