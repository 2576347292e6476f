package main

import (
	"errors"

	"golang.org/x/sys/unix"

	"gobind/internal/judge"
	"gobind/internal/layout"
	"gobind/policy"
)

// checkCmd is gobindctl check.
type checkCmd struct {
	policyFlags
	User     string `arg:"" help:"${help_checkuser}"`
	Protocol string `arg:"" help:"${help_checkproto}"`
	Where    string `arg:"" name:"address:port" help:"${help_checkwhere}"`
	Explain  bool   `help:"${help_explain}"`
	Groups   string `placeholder:"LIST" help:"${help_groups}"`
}

func (c *checkCmd) run(u *ui) (int, error) {
	p, err := c.open()
	if err != nil {
		return 0, err
	}
	defer p.close()
	who, notes, err := c.subject(u, p)
	if err != nil {
		return 0, err
	}
	requests, err := parseRequests(who, c.Protocol, c.Where, p.names)
	if err != nil {
		return 0, &inputError{statusData, err}
	}
	answers, err := c.answer(p, who, requests)
	if err != nil {
		return 0, needsRoot(err, u.args)
	}
	notes = append(notes, notesOn(p, requests)...)
	more, err := p.askKernel(answers)
	if err != nil {
		return 0, err
	}
	notes = append(notes, more...)
	status := checkStatus(answers)
	if u.json {
		return status, u.printJSON("check", checkAnswer(p, who, answers, notes, c.Explain))
	}
	u.check(p, who, answers, notes, c.Explain)
	return status, nil
}

// rootError is a question that only root may ask.
type rootError struct {
	err  error
	args []string // the question
}

func (e *rootError) Error() string { return e.err.Error() }
func (e *rootError) Unwrap() error { return e.err }

// needsRoot makes it a *rootError if root would get an answer.
func needsRoot(err error, args []string) error {
	var hidden *judge.HiddenError
	if errors.Is(err, judge.ErrOthers) || errors.As(err, &hidden) {
		return &inputError{statusNoPerm, &rootError{err, args}}
	}
	return err
}

// answer is what becomes of one request.
type answer struct {
	judge.Judgement
	Kernel    int          // not 0: the kernel lets everybody bind ports from there on, and asks nobody
	ByKernel  kernelAnswer // "": it does not go by policy
	Explained []judge.Explanation
}

func (a answer) permitted() bool { return a.Kernel != 0 || a.Decision.Verdict == policy.Permit }

// last is the step that decided.
func (a answer) last() judge.Explanation {
	if len(a.Explained) == 0 {
		return judge.Explanation{}
	}
	return a.Explained[len(a.Explained)-1]
}

// answer asks policy for the requests that the helper would judge.
func (c *checkCmd) answer(p *place, who policy.Subject, requests []policy.Request) ([]answer, error) {
	start := portStart(p)
	var answers []answer
	if port := requests[0].Port; port >= 1024 && int(port) >= start {
		for _, r := range requests {
			answers = append(answers, answer{Judgement: judge.Judgement{Request: r}, Kernel: start})
		}
		return answers, nil
	}
	judged, err := judge.Policy{Root: p.root, Dirs: p.dirs, Filecap: isFilecap(p)}.Judge(who, requests...)
	if err != nil {
		return nil, err
	}
	for _, j := range judged {
		answers = append(answers, answer{Judgement: j, Explained: judge.Explain(p.fs, j)})
	}
	return answers, nil
}

// isFilecap reports whether the installed helper has no setuid bit, so that it
// reads policy as its caller.
func isFilecap(p *place) bool {
	e := p.fs.Stat(layout.HelperPath)
	return e.Err == nil && e.Stat.Mode&unix.S_ISUID == 0
}

// checkStatus is 0 if all is permitted, 2 if some policy is faulty, so that it
// refuses, and else 1.
func checkStatus(answers []answer) int {
	status := statusYes
	for _, a := range answers {
		switch a.Decision.Reason {
		case policy.ReasonUnsafe, policy.ReasonError, policy.ReasonSyntax:
			return statusFailure
		default:
			if !a.permitted() {
				status = statusNo
			}
		}
	}
	return status
}
