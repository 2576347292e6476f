package main

import (
	"gobind/internal/grants"
	"gobind/internal/ruletext"
	"gobind/policy"
)

// jsonGrants is the answer of list --json and show --json.
type jsonGrants struct {
	Entries []jsonGrant   `json:"entries"`
	Hidden  []string      `json:"hidden"`           // files that only root may read
	Unused  []string      `json:"unused"`           // files with names that no request asks for
	Closed  []string      `json:"closed"`           // directories that not everybody may search
	Kernel  *jsonInKernel `json:"kernel,omitempty"` // what it goes by
}

// jsonGrant is a rule, or what a file of a tree comes to.
type jsonGrant struct {
	Verdict   string         `json:"verdict"`
	Who       string         `json:"who"` // as in a rule
	Protocols []string       `json:"protocols"`
	Where     []string       `json:"where"`
	Rule      string         `json:"rule"`
	Kind      grants.Kind    `json:"kind"`
	Source    string         `json:"source"`
	Line      int            `json:"line,omitempty"`
	Because   grants.Because `json:"because,omitempty"`
	Text      string         `json:"text,omitempty"`
	Left      bool           `json:"left_to_gobind,omitempty"` // the kernel lacks it
}

func grantsAnswer(all grants.All, k *inKernel) jsonGrants {
	list := func(files []string) []string { return append([]string{}, files...) }
	answer := jsonGrants{[]jsonGrant{}, list(all.Hidden), list(all.Unused), list(all.Closed), k.json()}
	for _, e := range all.Entries {
		g := jsonGrant{
			Verdict: verdictName(e.Verdict == policy.Permit), Who: ruletext.Who(e.Who), Rule: ruletext.Rule(e.Rule), Kind: e.Kind,
			Source: e.Source.File, Line: e.Source.Line, Because: e.Because, Text: becauseWords(e), Left: k != nil && !k.has(e.Source),
		}
		for _, protocol := range e.Protocols {
			g.Protocols = append(g.Protocols, protocol.String())
		}
		for _, where := range e.Where {
			g.Where = append(g.Where, ruletext.Where(where))
		}
		answer.Entries = append(answer.Entries, g)
	}
	return answer
}
