// Package ruletext writes rules as gobind.rules(5) reads them. Everything has one
// form: words with one blank between them, no comment, the full range of ports as
// a star, all protocols as any, names as the rule has them.
package ruletext

import (
	"net/netip"
	"strconv"
	"strings"

	"gobind/policy"
)

// Rule is the rule as a line, without a newline. It parses to the same rule.
func Rule(r policy.Rule) string {
	words := []string{"deny", Who(r.Who), Protocols(r.Protocols)}
	if r.Verdict == policy.Permit {
		words[0] = "permit"
	}
	for _, where := range r.Where {
		words = append(words, Where(where))
	}
	return strings.Join(words, " ")
}

// Who is whom a rule is about: a star, a user, or a group behind a colon. One
// without a name is its number.
func Who(w policy.Who) string {
	name := w.Name
	if name == "" {
		name = strconv.FormatUint(uint64(w.ID), 10)
	}
	switch w.Kind {
	case policy.Anyone:
		return "*"
	case policy.Group:
		return ":" + name
	default:
		return name
	}
}

// Protocols are the names of protocols with commas between them, or any.
func Protocols(protocols []policy.Protocol) string {
	if len(protocols) == 3 {
		return "any"
	}
	return list(protocols, policy.Protocol.String)
}

// Where is addresses and ports, as in 192.0.2.0/24:80,443.
func Where(w policy.Where) string { return Prefix(w.Prefix) + ":" + list(w.Ports, Ports) }

// Prefix is a star for the zero Prefix, else a prefix or an address, IPv6 in
// brackets.
func Prefix(p netip.Prefix) string {
	if !p.IsValid() {
		return "*"
	}
	text := p.Addr().String()
	if p.Addr().Is6() {
		text = "[" + text + "]"
	}
	if p.IsSingleIP() {
		return text
	}
	return text + "/" + strconv.Itoa(p.Bits())
}

// Ports is a port, a range of ports, or a star for all of them.
func Ports(p policy.PortRange) string {
	switch p {
	case policy.PortRange{Min: 1, Max: 65535}:
		return "*"
	case policy.PortRange{Min: p.Min, Max: p.Min}:
		return strconv.Itoa(int(p.Min))
	default:
		return strconv.Itoa(int(p.Min)) + "-" + strconv.Itoa(int(p.Max))
	}
}

func list[T any](items []T, text func(T) string) string {
	var texts []string
	for _, item := range items {
		texts = append(texts, text(item))
	}
	return strings.Join(texts, ",")
}
