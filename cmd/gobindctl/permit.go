package main

import (
	"net/netip"

	"gobind/internal/rulesedit"
	"gobind/policy"
)

// permitCmd is gobindctl permit.
type permitCmd struct{ ruleArgs }

func (c *permitCmd) run(u *ui) (int, error) {
	names := c.names()
	rule, line, err := c.rule(names)
	if err != nil {
		return 0, err
	}
	if rule.Who.Unknown {
		return 0, &inputError{statusData, &unknownError{rule.Who, c.root()}}
	}
	r, err := c.open(names)
	if err != nil {
		return 0, err
	}
	defer r.dir.Close()
	answer, script, err := r.permit(rule, line)
	if err != nil {
		return 0, err
	}
	if _, err := r.replace(script, c.DryRun); err != nil {
		return 0, err
	}
	answer.describe(r.own, script, c.DryRun)
	status := statusYes
	if answer.Overruled {
		status = statusNo
	}
	if u.json {
		return status, u.printJSON("permit", answer)
	}
	u.permit(answer, script)
	return status, nil
}

// permit plans the change that makes the rules permit what rule does.
func (r *rules) permit(rule *policy.Rule, line string) (*change, rulesedit.Script, error) {
	later := r.files.After(r.own).Overrule(rule)
	if later.Fault != nil {
		return nil, nil, &inputError{statusConfig, &brokenError{later.Fault.Fault}}
	}
	answer := &change{OverruledBy: sources(later.By), Overruled: later.All}
	script := rulesedit.Compare(r.text, r.text)
	by, ok := r.files.Permit(rule)
	if !ok {
		by, ok = r.files.Before(r.own).Permit(rule)
	}
	switch {
	case later.All:
	case ok:
		answer.PermittedBy = sources(by)
	default:
		script = rulesedit.Permit(r.text, line)
	}
	answer.DualStack = r.halfDualStack(rule)
	return answer, script, nil
}

// halfDualStack reports whether the rule permits [::], and neither it nor another
// permits 0.0.0.0, which a bind of [::] takes too.
func (r *rules) halfDualStack(rule *policy.Rule) bool {
	for _, where := range rule.Where {
		if !where.Prefix.IsValid() || !where.Prefix.Contains(netip.IPv6Unspecified()) {
			continue
		}
		other := *rule
		other.Where = []policy.Where{{Prefix: netip.PrefixFrom(netip.IPv4Unspecified(), 32), Ports: where.Ports}}
		all := r.files.With(policy.RuleFile{File: r.own, Names: r.names, Rules: append(r.ownRules(), *rule)})
		if _, ok := all.Permit(&other); !ok {
			return true
		}
	}
	return false
}

// ownRules are the rules of the file that is changed, before it is.
func (r *rules) ownRules() []policy.Rule {
	for _, file := range r.files {
		if file.File == r.own {
			return file.Rules
		}
	}
	return nil
}
