package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"gobind/internal/launch"
	"gobind/internal/sys"
)

// All that gobind tells a user is in this file, and what it tells under authbind's name
// in tui_authbind.go. One line begins with "gobind: ", a second with "gobind: hint: "
// where the cure is known; lower case, no full stop.

const synopsis = `Usage: gobind [flags] [--] PROGRAM [ARGUMENT ...]

Start PROGRAM so that it may bind privileged ports as far as policy permits its
user to. Policy is in /etc/gobind and /etc/authbind.

`

var helpTexts = map[string]string{
	"help_launch":  "Who is whose parent: inplace, parent, or auto, which takes inplace where the kernel allows it.",
	"help_quiet":   "Do not say why a bind was refused.",
	"help_verbose": "Say so if the kernel itself goes by policy, and PROGRAM is started without a supervisor.",
	"help_listen":  "Pass a socket that listens, [NAME=]tcp:[ADDRESS:]PORT or udp:..., as systemd does (LISTEN_FDS); may be repeated.",
	"help_deep":    "Accepted as authbind does; everything that PROGRAM starts is covered anyway.",
	"help_version": "Print the version and exit.",
	"help_program": "The program and its arguments.",
}

// help prints what --help asks for.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if _, err := fmt.Fprint(ctx.Stdout, synopsis); err != nil {
		return err
	}
	options.NoAppSummary = true
	return kong.DefaultHelpPrinter(options, ctx)
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
