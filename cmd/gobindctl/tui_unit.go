package main

import (
	"errors"
	"fmt"
	"strings"

	"gobind/internal/layout"
	"gobind/internal/unit"
)

// noProcessError says that there is no such process.
type noProcessError int

func (e noProcessError) Error() string { return fmt.Sprintf("no process %d", int(e)) }

var errPIDRoot = errors.New("--pid: an image has no processes")

// unitStatus is the exit status of a refusal.
func unitStatus(e *unit.RefusalError) int {
	switch e.Why {
	case unit.NoUnit:
		return statusNoInput
	case unit.BadName:
		return statusData
	default:
		return statusConfig
	}
}

// refusalTexts are the reasons of a refusal in words, and the cures.
var refusalTexts = map[unit.Why][2]string{
	unit.BadName:   {"{subject} is no name of a service", "a name is as shop or shop.service"},
	unit.NoUnit:    {"no service {subject} in systemd's directories", ""},
	unit.Masked:    {"{subject} is masked: systemd does not start it", "as root, run: systemctl unmask {subject}"},
	unit.NoCommand: {"{subject} has no ExecStart=: there is nothing to put gobind before", ""},
	unit.NamedArgument: {"{where}{subject}: the @ or | before it asks for what gobind cannot do: another name for the program, or a shell",
		"in a drop-in of your own, write ExecStart= and then ExecStart={gobind} before the program's path, without that"},
	unit.Variable: {"{where}{subject}: the program's path is none that gobind can be put before",
		"in a drop-in of your own, write ExecStart= and then ExecStart={gobind} with the program's path"},
	unit.Privileged: {"{where}{subject}: it starts with root's rights, by the + or ! before it, and needs no gobind", ""},
	unit.RootUser: {"{subject} has no User=: it starts as root, who binds every port",
		"in a drop-in of your own, write User= and an ordinary user that the program can do with"},
	unit.Sandbox: {"{where}{subject} is in gobind's way, and is not gobindctl's to take back", "to see why, run: gobindctl doctor --unit {unit}"},
	unit.Overruled: {"{where}{subject} comes after gobind's drop-in and takes it back",
		"put what it says into a drop-in whose name comes before gobind.conf, as 10-local.conf"},
	unit.Foreign: {"{subject} is there, and gobindctl did not write it", "move it away, and run this again"},
	unit.Unsafe:  {"others than root could write to {subject}", "as root, run: chown root {subject} && chmod go-w {subject}"},
}

// unitWords are a refusal in words, "" for another error.
func unitWords(err error) string {
	line, _ := refusalWords(err)
	return line
}

func unitHint(err error) string {
	_, cure := refusalWords(err)
	return cure
}

func refusalWords(err error) (line, cure string) {
	var refusal *unit.RefusalError
	if !errors.As(err, &refusal) {
		return "", ""
	}
	where := ""
	if refusal.File != "" {
		where = fmt.Sprintf("%s:%d: ", quote(refusal.File), refusal.Line)
	}
	fill := strings.NewReplacer("{subject}", assignment(refusal.Subject), "{where}", where,
		"{unit}", refusal.Unit, "{gobind}", layout.GobindPath)
	text := refusalTexts[refusal.Why]
	return fill.Replace(text[0]), fill.Replace(text[1])
}

// assignment is a line of a unit file, quoted if a terminal could take it for more.
func assignment(text string) string {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return quote(text)
		}
	}
	return text
}

// unit tells what became of the drop-in, and what to run next.
func (u *ui) unit(a jsonUnit) {
	file := quote(a.File)
	switch {
	case a.Removed && a.DryRun:
		fmt.Fprintf(&u.out, "would remove %s\n", file)
	case a.Removed:
		fmt.Fprintf(&u.out, "removed %s\n", file)
	case !a.Needed:
		u.out.WriteString(notNeeded(a))
	case a.DryRun:
		fmt.Fprintf(&u.out, "# %s\n%s", file, a.Text)
	case a.Changed:
		fmt.Fprintf(&u.out, "wrote %s:\n\n%s", file, a.Text)
	default:
		fmt.Fprintf(&u.out, "%s is as it shall be\n", file)
	}
	if a.DryRun && !a.Removed {
		return // it can be piped into a file
	}
	if len(a.Next) > 0 {
		u.out.WriteString("\nas root, run:\n")
		for _, command := range a.Next {
			fmt.Fprintf(&u.out, "    %s\n", command)
		}
	}
	if a.Dynamic {
		u.out.WriteString("\n" + dynamicNote + "\n")
	}
}

// notNeeded says why there is no drop-in.
func notNeeded(a jsonUnit) string {
	if a.removing {
		return fmt.Sprintf("%s is not there\n", quote(a.File))
	}
	return fmt.Sprintf("%s runs under gobind as it is: nothing is needed\n", a.Unit)
}

const dynamicNote = `DynamicUser= gives the service a uid that policy cannot name. Give it a group that
is in /etc/group, in a drop-in of your own, and the ports to that:
    SupplementaryGroups=GROUP
    gobindctl permit :GROUP tcp '*:80,443'`

// next are the commands that make the change count. An image has no manager.
func (c *unitCmd) next(answer jsonUnit) []string {
	if c.Root != "" || !answer.Changed {
		return []string{}
	}
	commands := []string{"systemctl daemon-reload"}
	if answer.Socket {
		commands = append(commands, "systemctl enable --now gobind.socket")
	}
	if !strings.Contains(answer.Unit, "@.") { // a template itself does not run
		commands = append(commands, "systemctl try-restart "+answer.Unit)
	}
	return commands
}
