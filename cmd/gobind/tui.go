package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"gobind/internal/launch"
	"gobind/internal/sys"
)

// All that gobind tells a user is in this file, and what it tells under authbind's name
// in tui_authbind.go. One line begins with "gobind: ", a second with "gobind: hint: "
// where the cure is known; lower case, no full stop.

const synopsis = `Usage: gobind [flags] [--] PROGRAM [ARGUMENT ...]

Start PROGRAM so that it may bind privileged ports as far as policy permits its
user to. Policy is in /etc/gobind and /etc/authbind.

Flags:
`

const helpDeep = "Accepted as authbind does; everything that PROGRAM starts is covered anyway."

// options are gobind's.
var options = []option{
	{
		name: "help", short: "h", help: "Show this help.",
		set: func(c *cli, _ string) { c.help = true },
	},
	{
		name: "launch", arg: "MODE", values: []string{"auto", "inplace", "parent"},
		help: "Who is whose parent: inplace, parent, or auto, which takes inplace where the kernel allows it.",
		set:  func(c *cli, value string) { c.Launch = value },
	},
	{
		name: "quiet", short: "q", help: "Do not say why a bind was refused.",
		set: func(c *cli, _ string) { c.Quiet = true },
	},
	{
		name: "verbose", short: "v", help: "Say so if the kernel itself goes by policy, and PROGRAM is started without a supervisor.",
		set: func(c *cli, _ string) { c.Verbose = true },
	},
	{
		name: "listen", arg: "SOCKET",
		help: "Pass a socket that listens, [NAME=]tcp:[ADDRESS:]PORT or udp:..., as systemd does (LISTEN_FDS); may be repeated.",
		set:  func(c *cli, value string) { c.Listen = append(c.Listen, value) },
	},
	{name: "deep", help: helpDeep, set: func(*cli, string) {}},
	{name: "depth", arg: "N", help: helpDeep, set: func(*cli, string) {}},
	{
		name: "version", help: "Print the version and exit.",
		set: func(c *cli, _ string) { c.version = true },
	},
}

// Columns of --help: where what an option does begins, and where lines end.
const (
	helpColumn = 25
	helpWidth  = 80
)

// helpText is what --help prints.
func helpText() string {
	text := synopsis
	for _, o := range options {
		line := "      --" + o.name
		if o.short != "" {
			line = "  -" + o.short + ", --" + o.name
		}
		if o.arg != "" {
			line += "=" + o.arg
		}
		line += strings.Repeat(" ", max(1, helpColumn-1-len(line)))
		for word := range strings.FieldsSeq(o.help) {
			if len(line)+1+len(word) > helpWidth {
				text += line + "\n"
				line = strings.Repeat(" ", helpColumn-1)
			}
			line += " " + word
		}
		text += line + "\n"
	}
	return text
}

// printable is a word of the caller's that does nothing to a terminal.
func printable(word string) string {
	quoted := strconv.QuoteToGraphic(word)
	return quoted[1 : len(quoted)-1]
}

// What is wrong with an option.
func errTakesNone(name string) error  { return fmt.Errorf("--%s takes no value", name) }
func errNeeds(name, arg string) error { return fmt.Errorf("--%s needs a value, %s", name, arg) }
func errUnknown(word string) error    { return fmt.Errorf("unknown flag %s", printable(word)) }
func errOneOf(name string, values []string, value string) error {
	return fmt.Errorf(`--%s must be one of "%s" but got %q`, name, strings.Join(values, `","`), value)
}

// fail tells the user why the program was not started, and returns the status.
func fail(err error) int {
	say(err.Error(), hint(err))
	return exitStatus(err)
}

// usageHint is the cure of a wrong command line.
const usageHint = "try gobind --help"

// usage tells the user what is wrong with the command line.
func usage(err error) int {
	say(err.Error(), usageHint)
	return statusOwn
}

// What is said while the program runs.
const (
	plainly = "the kernel goes by policy (gobindctl kernel): the program is started plainly"
	alone   = "the supervisor has died: the program goes on, and its binds of privileged ports fail"
)

// sayPlainly tells the user that nothing of gobind's stays with the program.
func sayPlainly() {
	say(plainly, "")
}

// sayAlone tells the user what has become of the program's binds.
func sayAlone() {
	say(alone, "")
}

func say(line, hint string) { fmt.Fprint(os.Stderr, lines(line, hint)) }

func lines(line, hint string) string {
	text := "gobind: " + line + "\n"
	if hint != "" {
		text += "gobind: hint: " + hint + "\n"
	}
	return text
}

// errNoProgram is the usage error of a command line without a program.
var errNoProgram = errors.New("no program to start")

// hint is the cure for an error, "" if none is known.
func hint(err error) string {
	var kernel *launch.KernelError
	var yama *launch.YamaError
	switch {
	case errors.Is(err, launch.ErrEntry):
		return "build it with make build"
	case errors.Is(err, sys.ErrProc):
		return "as root, run: mount -t proc proc /proc (unshare has --mount-proc for it)"
	case errors.As(err, &kernel):
		return "it needs Linux 5.14 or newer, with seccomp(2) and pidfd_getfd(2) allowed (containers may forbid them)"
	case errors.Is(err, launch.ErrListenParent):
		return "try gobind --help"
	case errors.As(err, &yama) && yama.Scope == 1:
		return "use --launch=parent, or --launch=auto"
	case errors.As(err, &yama):
		return "as root, run: sysctl kernel.yama.ptrace_scope=1 (3 stays until the next boot)"
	default:
		return ""
	}
}
