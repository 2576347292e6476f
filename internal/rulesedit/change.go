package rulesedit

import (
	"strings"

	"gobind/policy"
)

// OwnFile is the file that permit and revoke change.
const OwnFile = "50-gobindctl.rules"

// header begins a file that permit makes.
const header = `# Rules of gobindctl permit and revoke. Other lines stay as they are; to edit them:
# gobindctl edit. What a rule is: gobind.rules(5).
`

// Permit is the change that adds a rule to the text as the last one, which has the
// word over those before it.
func Permit(text, rule string) Script {
	s := scriptOf(text)
	if len(s) == 0 {
		for line := range strings.Lines(header) {
			s = append(s, Line{Add, line})
		}
	}
	if last := s[len(s)-1]; !strings.HasSuffix(last.Text, "\n") {
		s[len(s)-1].Op = Remove
		s = append(s, Line{Add, last.Text + "\n"})
	}
	return append(s, Line{Add, rule + "\n"})
}

// Revoke is the change that takes what a rule permits out of those rules of the
// text that permit it to the same user or group. A rule loses words, protocols and
// ports, or goes as a whole; one of which a part is left that no word says, stays.
func Revoke(text string, rules []policy.Rule, what *policy.Rule) Script {
	of := map[int]*policy.Rule{}
	for i := range rules {
		if rules[i].Verdict == policy.Permit && sameWho(rules[i].Who, what.Who) {
			of[rules[i].Source.Line] = &rules[i]
		}
	}
	var s Script
	for i, line := range scriptOf(text) {
		rule := of[i+1]
		if rule == nil {
			s = append(s, line)
			continue
		}
		left := without(line.Text, rule, what)
		if left == line.Text {
			s = append(s, line)
			continue
		}
		s = append(s, Line{Remove, line.Text})
		if left != "" {
			s = append(s, Line{Add, left})
		}
	}
	return s
}
