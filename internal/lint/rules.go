package lint

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"gobind/internal/tree"
	"gobind/policy"
)

// rulesFile looks at a file of rules.d, or one that was named.
func (l *linter) rulesFile(e tree.Entry) {
	if tree.IsRules(e.Name) {
		first(l, e.Path, contentChecks, contentFile{e, tree.MaxRules})
	} else if !aside(e.Name) || strings.HasSuffix(e.Name, ".rules") {
		l.report(NotRules, e.Path, Finding{})
	}
}

// rulesFiles are the files of rules.d that are read.
func rulesFiles(files []tree.Entry) []tree.Entry {
	var read []tree.Entry
	for _, e := range files {
		if tree.IsRules(e.Name) {
			read = append(read, e)
		}
	}
	return read
}

// rules looks at the rules of files, of which a later one has the word.
func (l *linter) rules(files []tree.Entry) {
	var all []policy.Rule
	for _, e := range files {
		all = append(all, l.parse(e)...)
	}
	for _, rule := range all {
		every(l, rule.Source.File, ruleChecks, rule)
	}
	l.shadows(all)
}

// parse parses a file line by line, so that all faulty lines are found.
func (l *linter) parse(e tree.Entry) []policy.Rule {
	if rules, err := policy.ParseRules(e.Path, e.Content, l.names); err == nil {
		return rules
	}
	var all []policy.Rule
	number := 0
	for line := range strings.SplitSeq(string(e.Content), "\n") {
		number++
		rules, err := policy.ParseRules(e.Path, []byte(line), l.names)
		var syntax *policy.RuleError
		if errors.As(err, &syntax) {
			l.report(RuleSyntax, e.Path, Finding{Line: number, Column: syntax.Column, Detail: syntax.Text})
		}
		for _, rule := range rules {
			rule.Source.Line = number
			all = append(all, rule)
		}
	}
	return all
}

// ruleChecks are of one rule.
var ruleChecks = []check[policy.Rule]{
	{PermitUser, unknown(policy.User, policy.Permit)},
	{PermitGroup, unknown(policy.Group, policy.Permit)},
	{DenyUser, unknown(policy.User, policy.Deny)},
	{DenyGroup, unknown(policy.Group, policy.Deny)},
	{RuleUID, func(l *linter, r policy.Rule) (Finding, bool) {
		return at(r, r.Who.Name), r.Who.Kind == policy.User && !r.Who.Unknown && !l.names.HasUser(r.Who.ID)
	}},
	{RuleGID, func(l *linter, r policy.Rule) (Finding, bool) {
		return at(r, r.Who.Name), r.Who.Kind == policy.Group && !r.Who.Unknown && !l.names.HasGroup(r.Who.ID)
	}},
	{RuleFree, ruleFree},
}

// unknown finds a rule about a name that the system's files lack.
func unknown(kind policy.WhoKind, verdict policy.Verdict) func(*linter, policy.Rule) (Finding, bool) {
	return func(_ *linter, r policy.Rule) (Finding, bool) {
		return at(r, r.Who.Name), r.Who.Unknown && r.Who.Kind == kind && r.Verdict == verdict
	}
}

func at(r policy.Rule, subject string) Finding {
	return Finding{Line: r.Source.Line, Subject: subject}
}

// ruleFree finds a rule about no port that needs permission.
func ruleFree(_ *linter, r policy.Rule) (Finding, bool) {
	for _, where := range r.Where {
		for _, ports := range where.Ports {
			if ports.Min < firstFree {
				return Finding{}, false
			}
		}
	}
	return at(r, strconv.Itoa(int(r.Where[0].Ports[0].Min))), true
}

// atom is the smallest part of a rule: one who, protocol, prefix and ports.
type atom struct {
	key
	prefix  netip.Prefix // 0.0.0.0/0 and ::/0 in place of the zero Prefix
	ports   policy.PortRange
	verdict policy.Verdict
	source  policy.Source
}

// key is what rules must have in common for one to hide the other.
type key struct {
	kind     policy.WhoKind
	id       uint32
	name     string // of the unknown
	protocol policy.Protocol
}

// everywhere are the prefixes of all addresses of both families.
var everywhere = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}

// atoms are what the rule is made of.
func atoms(r policy.Rule) []atom {
	var all []atom
	for _, protocol := range r.Protocols {
		for _, where := range r.Where {
			prefixes := []netip.Prefix{where.Prefix}
			if !where.Prefix.IsValid() {
				prefixes = everywhere
			}
			for _, prefix := range prefixes {
				for _, ports := range where.Ports {
					k := key{kind: r.Who.Kind, id: r.Who.ID, protocol: protocol}
					if r.Who.Unknown {
						k.id, k.name = 0, r.Who.Name
					}
					all = append(all, atom{k, prefix, ports, r.Verdict, r.Source})
				}
			}
		}
	}
	return all
}
