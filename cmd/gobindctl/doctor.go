package main

import (
	"errors"
	"os"

	"gobind/internal/doctor"
	"gobind/internal/layout"
	"gobind/internal/running"
	"gobind/internal/unit"
)

// doctorCmd is gobindctl doctor.
type doctorCmd struct {
	policyFlags
	Unit string `xor:"what" placeholder:"NAME" help:"${help_doctorunit}"`
	PID  int    `name:"pid" xor:"what" placeholder:"PID" help:"${help_doctorpid}"`
}

func (c *doctorCmd) run(u *ui) (int, error) {
	findings, err := c.examine()
	if err != nil {
		return 0, err
	}
	worst := doctor.Worst(findings)
	if u.json {
		return doctorStatus(worst), u.printJSON("doctor", doctorAnswer(worst, findings))
	}
	for _, f := range findings {
		u.finding(f)
	}
	return doctorStatus(worst), nil
}

// examine looks at what the command line says.
func (c *doctorCmd) examine() ([]doctor.Finding, error) {
	p, err := c.open()
	if err != nil {
		return nil, err
	}
	defer p.close()
	o := doctor.Options{
		Root: p.root, Helper: layout.HelperPath, Supervisor: layout.SupervisorPath, Gobind: layout.GobindPath,
		Socket: layout.SocketPath, Policy: p.dirs,
	}
	switch {
	case c.Unit != "":
		service, err := loadUnit(p.root, c.Unit)
		if err != nil {
			return nil, err
		}
		return doctor.ExamineUnit(o, service), nil
	case c.PID != 0:
		return examineProcess(o, c.PID)
	default:
		return doctor.Examine(o), nil
	}
}

// loadUnit reads a service of systemd's, as the manager has it or by its files.
func loadUnit(root, name string) (*unit.Unit, error) {
	service, err := unit.Load(root, name, map[bool]unit.Show{true: unit.Systemctl}[root == ""])
	var refusal *unit.RefusalError
	if errors.As(err, &refusal) {
		return nil, &inputError{unitStatus(refusal), err}
	}
	return service, err
}

// examineProcess looks at a process, and at the unit that it is of.
func examineProcess(o doctor.Options, pid int) ([]doctor.Finding, error) {
	if o.Root != "" {
		return nil, &inputError{statusUsage, errPIDRoot}
	}
	process, err := doctor.ReadProcess(pid, supervisorOf(pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &inputError{statusNoInput, noProcessError(pid)}
	}
	if err != nil {
		return nil, err
	}
	findings := doctor.ExamineProcess(o, process)
	if service := process.Unit(); service != "" {
		findings = append(findings, doctor.Finding{Check: "process", State: doctor.PIDUnit, Subject: service})
	}
	return findings, nil
}

// supervisorOf is the supervisor that the process is known to be under, 0 if none is.
func supervisorOf(pid int) int {
	for _, s := range running.Supervisors(layout.SupervisorPath) {
		for _, p := range s.Covered {
			if p.PID == pid {
				return s.PID
			}
		}
	}
	return 0
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
