package main

import (
	"slices"

	"gobind/internal/grants"
	"gobind/internal/rulesedit"
	"gobind/policy"
)

// revokeCmd is gobindctl revoke.
type revokeCmd struct{ ruleArgs }

func (c *revokeCmd) run(u *ui) (int, error) {
	names := c.names()
	rule, line, err := c.rule(names)
	if err != nil {
		return 0, err
	}
	r, err := c.open(names)
	if err != nil {
		return 0, err
	}
	defer r.dir.Close()
	trees, hidden, err := c.trees()
	if err != nil {
		return 0, err
	}
	script := rulesedit.Revoke(r.text, r.ownRules(), rule)
	files, err := r.replace(script, c.DryRun)
	if err != nil {
		return 0, err
	}
	answer := &change{Hidden: hidden}
	answer.describe(r.own, script, c.DryRun)
	for _, s := range append(files, trees).StillPermit(rule) {
		by := sourceOf(s.Rule.Source)
		by.Maybe = s.Maybe
		answer.PermittedBy = append(answer.PermittedBy, by)
	}
	status := statusYes
	if !answer.Changed || len(answer.PermittedBy) > 0 {
		status = statusNo
	}
	if u.json {
		return status, u.printJSON("revoke", answer)
	}
	u.revoke(answer, script, line)
	return status, nil
}

// trees are the files of the policy trees, as a file of the rules that they come to,
// and those of them that only root may read.
func (c *revokeCmd) trees() (policy.RuleFile, []string, error) {
	p, err := c.policyFlags.open()
	if err != nil {
		return policy.RuleFile{}, nil, err
	}
	defer p.close()
	all, err := p.grants()
	if err != nil {
		return policy.RuleFile{}, nil, err
	}
	file := policy.RuleFile{Names: p.names}
	for _, e := range slices.Backward(all.Entries) { // the last of a rules file decides first
		if e.Kind != grants.Rules {
			file.Rules = append(file.Rules, e.Rule)
		}
	}
	return file, all.Hidden, nil
}
