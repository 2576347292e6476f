package main

import (
	"net/netip"

	"gobind/internal/judge"
	"gobind/policy"
)

// jsonCheck is the answer of check --json.
type jsonCheck struct {
	Verdict  string        `json:"verdict"` // permit if every request is permitted, else deny
	User     string        `json:"user"`
	UID      uint32        `json:"uid"`
	GID      uint32        `json:"gid"`
	Groups   []uint32      `json:"groups"`
	Requests []jsonRequest `json:"requests"`
	Notes    []jsonNote    `json:"notes"`
}

type jsonNote struct {
	Note note   `json:"note"`
	Text string `json:"text"`
}

// jsonRequest is the answer to one request.
type jsonRequest struct {
	Protocol string       `json:"protocol"`
	Address  netip.Addr   `json:"address"`
	Port     uint16       `json:"port"`
	Verdict  string       `json:"verdict"`
	Reason   string       `json:"reason"`
	Source   string       `json:"source,omitempty"`
	Line     int          `json:"line,omitempty"`
	Column   int          `json:"column,omitempty"`
	Text     string       `json:"text"`
	Cure     string       `json:"cure,omitempty"`
	ByKernel kernelAnswer `json:"by_kernel,omitempty"`
	Steps    []jsonStep   `json:"steps,omitempty"` // of --explain
}

// jsonStep is one step to the decision.
type jsonStep struct {
	Kind    judge.Kind `json:"kind"`
	File    string     `json:"file"`
	Said    judge.Said `json:"said"`
	Text    string     `json:"text"`
	Details []string   `json:"details"`
}

// reasonNames are the reasons in audit records' words, and kernel.
var reasonNames = map[policy.Reason]string{
	policy.ReasonNoRule: "no-rule", policy.ReasonAccess: "access", policy.ReasonLine: "line",
	policy.ReasonNotExecutable: "not-executable", policy.ReasonUnsafe: "unsafe", policy.ReasonError: "error",
	policy.ReasonRule: "rule", policy.ReasonSyntax: "syntax", policy.ReasonDualStack: "dual-stack",
}

func verdictName(yes bool) string {
	if yes {
		return "permit"
	}
	return "deny"
}

func checkAnswer(p *place, who policy.Subject, answers []answer, notes []note, explain bool) jsonCheck {
	all := true
	c := jsonCheck{User: p.accounts.UserName(who.UID), UID: who.UID, GID: who.GID, Groups: append([]uint32{}, who.Groups...), Notes: []jsonNote{}}
	for _, a := range answers {
		all = all && a.permitted()
		text, cure := verdictWords(p, a)
		r := jsonRequest{
			Protocol: a.Request.Protocol.String(), Address: a.Request.Addr, Port: a.Request.Port,
			Verdict: verdictName(a.permitted()), Reason: reasonNames[a.Decision.Reason],
			Source: a.Decision.Source.File, Line: a.Decision.Source.Line, Text: text, Cure: cure,
			ByKernel: a.ByKernel,
		}
		if a.Kernel != 0 {
			r.Reason = "kernel"
		}
		if a.Decision.Syntax != nil {
			r.Column = a.Decision.Syntax.Column
		}
		for _, e := range a.Explained {
			if !explain {
				break
			}
			said, details := explainWords(p.accounts, a, e)
			r.Steps = append(r.Steps, jsonStep{e.Kind, e.File, e.Said, said, append([]string{}, details...)})
		}
		c.Requests = append(c.Requests, r)
	}
	c.Verdict = verdictName(all)
	for _, n := range notes {
		c.Notes = append(c.Notes, jsonNote{n, n.text()})
	}
	return c
}
