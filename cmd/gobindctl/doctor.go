package main

import (
	"gobind/internal/doctor"
	"gobind/internal/layout"
)

// doctorCmd is gobindctl doctor.
type doctorCmd struct {
	policyFlags
}

func (c *doctorCmd) run(u *ui) (int, error) {
	p, err := c.open()
	if err != nil {
		return 0, err
	}
	defer p.close()
	findings := doctor.Examine(doctor.Options{
		Root: p.root, Helper: layout.HelperPath, Supervisor: layout.SupervisorPath, Policy: p.dirs,
	})
	worst := doctor.Worst(findings)
	if u.json {
		return doctorStatus(worst), u.printJSON("doctor", doctorAnswer(worst, findings))
	}
	for _, f := range findings {
		u.finding(f)
	}
	return doctorStatus(worst), nil
}

func doctorStatus(worst doctor.Level) int {
	return map[doctor.Level]int{doctor.OK: statusYes, doctor.Warning: statusNo, doctor.Failure: statusFailure}[worst]
}

// jsonFinding is a finding of doctor --json.
type jsonFinding struct {
	Check   string `json:"check"`
	Level   string `json:"level"`
	State   string `json:"state"`
	Subject string `json:"subject,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Text    string `json:"text"`
	Cure    string `json:"cure,omitempty"`
}

// jsonDoctor is the answer of doctor --json.
type jsonDoctor struct {
	Worst    string        `json:"worst"`
	Findings []jsonFinding `json:"findings"`
}

func doctorAnswer(worst doctor.Level, findings []doctor.Finding) jsonDoctor {
	answer := jsonDoctor{Worst: worst.String()}
	for _, f := range findings {
		text, cure := words(f)
		answer.Findings = append(answer.Findings, jsonFinding{
			f.Check, f.Level.String(), string(f.State), f.Subject, f.Detail, text, cure,
		})
	}
	return answer
}
