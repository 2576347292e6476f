package main

import (
	"errors"

	"gobind/internal/layout"
	"gobind/internal/unit"
)

// unitCmd is gobindctl unit.
type unitCmd struct {
	Root   string `placeholder:"DIR" help:"${help_root}"`
	DryRun bool   `short:"n" help:"${help_dryrun}"`
	Remove bool   `help:"${help_unitremove}"`
	Name   string `arg:"" help:"${help_unitname}"`
}

// jsonUnit is the answer of unit, with --json too.
type jsonUnit struct {
	Unit    string `json:"unit"`
	File    string `json:"file"`
	Changed bool   `json:"changed"` // or would be, if dry_run is set
	DryRun  bool   `json:"dry_run"`
	Removed bool   `json:"removed"`        // or would be
	Needed  bool   `json:"needed"`         // false: the unit runs under gobind as it is
	Text    string `json:"text,omitempty"` // of the drop-in
	// Dynamic says that policy cannot name the service's user, and Socket that
	// gobind.socket must be enabled.
	Dynamic bool     `json:"dynamic_user,omitempty"`
	Socket  bool     `json:"socket,omitempty"`
	Next    []string `json:"next"` // commands to run next

	removing bool
}

func (c *unitCmd) run(u *ui) (int, error) {
	var err error
	if c.Root, err = rootOf(c.Root); err != nil {
		return 0, err
	}
	answer, err := c.answer()
	var refusal *unit.RefusalError
	if errors.As(err, &refusal) {
		err = &inputError{unitStatus(refusal), err}
	}
	if err != nil {
		return 0, err
	}
	answer.DryRun = c.DryRun
	if u.json {
		return statusYes, u.printJSON("unit", answer)
	}
	u.unit(answer)
	return statusYes, nil
}

func (c *unitCmd) answer() (jsonUnit, error) {
	if c.Remove {
		return c.remove()
	}
	return c.write()
}

// write puts gobind before what the service starts.
func (c *unitCmd) write() (jsonUnit, error) {
	service, err := loadUnit(c.Root, c.Name)
	if err != nil {
		return jsonUnit{}, err
	}
	answer := jsonUnit{Unit: service.Name, Dynamic: service.Dynamic() && len(service.Groups()) == 0, Next: []string{}}
	d, err := service.Plan(unit.Programs{Gobind: layout.GobindPath, Supervisor: layout.SupervisorPath, Socket: layout.SocketPath})
	if err != nil {
		return answer, err
	}
	answer.File, answer.Text, answer.Needed, answer.Socket = d.Path, d.Text, d.Text != "", d.Socket
	if answer.Changed, err = d.Differs(c.Root); err != nil {
		return answer, err
	}
	if answer.Changed && !c.DryRun {
		if err := d.Write(c.Root); err != nil {
			return answer, err
		}
	}
	answer.Next = c.next(answer)
	return answer, nil
}

// remove takes the drop-in away.
func (c *unitCmd) remove() (jsonUnit, error) {
	name, err := unit.FullName(c.Name)
	if err != nil {
		return jsonUnit{}, err
	}
	if service, err := loadUnit(c.Root, c.Name); err == nil { // an alias has another name
		name = service.Name
	}
	d, err := unit.Removal(c.Root, name)
	if err != nil {
		return jsonUnit{}, err
	}
	answer := jsonUnit{Unit: name, File: d.Path, Changed: d.Text != "", Removed: d.Text != "", Text: d.Text, Next: []string{}, removing: true}
	if answer.Changed && !c.DryRun {
		if err := d.Remove(c.Root); err != nil {
			return answer, err
		}
	}
	answer.Next = c.next(answer)
	return answer, nil
}
