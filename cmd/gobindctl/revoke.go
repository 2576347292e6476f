package main

import (
	"gobind/internal/rulesedit"
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
	script := rulesedit.Revoke(r.text, r.ownRules(), rule)
	files, err := r.replace(script, c.DryRun)
	if err != nil {
		return 0, err
	}
	answer := &change{}
	answer.describe(r.own, script, c.DryRun)
	for _, s := range files.StillPermit(rule) {
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
