package unit

import (
	"path"
	"slices"
	"strings"
)

// fileName is that of gobindctl's drop-ins.
const fileName = "gobind.conf"

// mark begins every drop-in of gobindctl's: no other is ever replaced or removed.
const mark = "# Written by gobindctl unit, which replaces it"

// Programs are where gobind is installed: what a drop-in names, and what a unit must
// let be seen.
type Programs struct {
	Gobind     string
	Supervisor string
	Socket     string // of the broker
}

// DropIn is what makes a service run under gobind.
type DropIn struct {
	Path   string // as the system that it is for sees it
	Text   string // "" if nothing is needed
	Socket bool   // the service needs the broker socket
}

// pathOf is where gobindctl's drop-in of a unit is.
func pathOf(name string) string { return path.Join(own, name+".d", fileName) }

// Plan is the drop-in that puts gobind before what the unit starts, and that lets pass
// what gobind needs. It goes by the unit's files, without the drop-in that may be there
// already. What it cannot do well is a *[RefusalError].
func (u *Unit) Plan(p Programs) (DropIn, error) {
	d := DropIn{Path: pathOf(u.Name)}
	bare := u.with(nil)
	if err := bare.fit(p); err != nil {
		return d, err
	}
	lines, err := bare.execLines(p.Gobind)
	if err != nil {
		return d, err
	}
	more, err := bare.permitLines(p)
	if err != nil {
		return d, err
	}
	d.Socket = bare.NeedsSocket()
	if lines = append(lines, more...); len(lines) == 0 {
		return d, nil
	}
	text := mark + ":\n# put changes into another drop-in. gobindctl unit --remove takes it away.\n\n"
	if d.Socket {
		text += "[Unit]\nWants=gobind.socket\nAfter=gobind.socket\n\n"
	}
	d.Text = text + "[Service]\n" + strings.Join(lines, "\n") + "\n"
	return d, u.with(parseFile(d.Path, d.Text)).counts(p)
}

// with is the unit by its files alone, with these assignments in the place of those
// that gobindctl's drop-in has.
func (u *Unit) with(dropIn []Assign) *Unit {
	changed := &Unit{Name: u.Name, static: u.static}
	put := false
	for _, a := range u.assigns {
		if a.File == pathOf(u.Name) {
			continue
		}
		if !put && path.Base(a.File) > fileName && strings.HasSuffix(path.Dir(a.File), ".d") {
			changed.assigns, put = append(changed.assigns, dropIn...), true
		}
		changed.assigns = append(changed.assigns, a)
	}
	if !put {
		changed.assigns = append(changed.assigns, dropIn...)
	}
	changed.service = settingsOf(changed.assigns)
	changed.Commands = commandsOf(changed.assigns)
	return changed
}

// fit demands of a unit what no drop-in of gobindctl's can change.
func (u *Unit) fit(p Programs) error {
	switch {
	case len(u.Commands) == 0:
		return &RefusalError{Why: NoCommand, Subject: u.Name}
	case u.IsRoot():
		return &RefusalError{Why: RootUser, Subject: u.Name}
	case !slices.ContainsFunc(u.Commands, func(c Command) bool { return !c.privileged() }):
		return u.refuse(Privileged, "ExecStart="+u.Commands[0].Text(), "ExecStart")
	}
	hindering := []string{u.UserNamespace(), u.RootDirectory(), u.Hides(p.Gobind), u.Hides(p.Supervisor)}
	if u.NeedsSocket() {
		hindering = append(hindering, u.Network())
		if a := u.Hides(p.Socket); !strings.HasPrefix(a, "TemporaryFileSystem=") {
			hindering = append(hindering, a)
		}
	}
	for _, a := range hindering {
		if key, _, _ := strings.Cut(a, "="); key != "" {
			return u.refuse(Sandbox, a, key)
		}
	}
	return nil
}

func (u *Unit) refuse(why Why, subject, key string) error {
	file, line := u.where(key)
	return &RefusalError{Why: why, Subject: subject, File: file, Line: line, Unit: u.Name}
}

// execLines put gobind before the commands, none if it is there.
func (u *Unit) execLines(gobind string) ([]string, error) {
	lines, changed := []string{"ExecStart="}, false
	for _, c := range u.Commands {
		if !c.privileged() && !c.IsWrapped() {
			wrapped, err := c.wrap(gobind)
			if err != nil {
				return nil, err
			}
			c, changed = wrapped, true
		}
		lines = append(lines, "ExecStart="+c.Text())
	}
	if !changed {
		return nil, nil
	}
	return lines, nil
}

// permitLines let pass what gobind needs, and take from the program the capability
// that it shall do without.
func (u *Unit) permitLines(p Programs) ([]string, error) {
	var lines []string
	if u.HoldsCapability() {
		var others []string
		for _, word := range u.service.list("AmbientCapabilities") {
			if strings.HasPrefix(word, "~") {
				return nil, u.refuse(Sandbox, "AmbientCapabilities=", "AmbientCapabilities")
			}
			if !strings.EqualFold(word, netBind) {
				others = append(others, word)
			}
		}
		lines = append(lines, "AmbientCapabilities=")
		if len(others) > 0 {
			lines = append(lines, "AmbientCapabilities="+strings.Join(others, " "))
		}
	}
	if u.LacksUnix() {
		lines = append(lines, "RestrictAddressFamilies=AF_UNIX")
	}
	if calls := u.RefusedCalls(); len(calls) > 0 {
		lines = append(lines, "SystemCallFilter="+strings.Join(calls, " "))
	}
	if u.ForbidsExec(p.Gobind) != "" || u.ForbidsExec(p.Supervisor) != "" {
		lines = append(lines, "ExecPaths="+p.Gobind+" "+path.Dir(p.Supervisor))
	}
	if u.NeedsSocket() && u.Hides(p.Socket) != "" {
		lines = append(lines, "BindReadOnlyPaths="+path.Dir(p.Socket))
	}
	return lines, nil
}

// counts demands of the unit with the drop-in that what it says counts: that no later
// drop-in takes it back.
func (u *Unit) counts(p Programs) error {
	for _, c := range u.Commands {
		if !c.privileged() && !c.IsWrapped() {
			return &RefusalError{Why: Overruled, Subject: "ExecStart=" + c.Text(), File: c.File, Line: c.Line}
		}
	}
	for key, bad := range map[string]bool{
		"AmbientCapabilities":     u.HoldsCapability(),
		"RestrictAddressFamilies": u.LacksUnix(),
		"SystemCallFilter":        len(u.RefusedCalls()) > 0,
		"NoExecPaths":             u.ForbidsExec(p.Gobind) != "" || u.ForbidsExec(p.Supervisor) != "",
		"TemporaryFileSystem":     u.NeedsSocket() && u.Hides(p.Socket) != "",
	} {
		if bad {
			return u.refuse(Overruled, key+"=", key)
		}
	}
	return nil
}

// isOwn reports whether a text is that of a drop-in of gobindctl's.
func isOwn(text string) bool { return strings.HasPrefix(text, mark) }
