package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/launch"
	"gobind/internal/sys"
	"gobind/internal/testenv"
)

// Every error with its cure and its exit status; under authbind's name, too.
func TestWords(t *testing.T) {
	var all strings.Builder
	for _, err := range []error{
		launch.ErrEntry, fmt.Errorf("look: %w", sys.ErrProc), &launch.KernelError{Err: errors.New("ERROR")},
		&launch.YamaError{Scope: 1, Mode: launch.InPlace}, &launch.YamaError{Scope: 2, Mode: launch.Auto}, &launch.YamaError{Scope: 3, Mode: launch.Auto},
		&launch.ProgramError{Name: "PROGRAM\x1b", Err: unix.ENOENT}, &launch.ProgramError{Name: "PROGRAM", Err: unix.EACCES},
		fmt.Errorf("start %s: %w", "/SUPERVISOR", unix.ENOENT),
	} {
		fmt.Fprintf(&all, "%d\n%s", exitStatus(err), lines(err.Error(), hint(err)))
	}
	fmt.Fprintf(&all, "%d\n%s", statusOwn, lines(errNoProgram.Error(), usageHint))
	all.WriteString(lines(plainly, "") + lines(alone, ""))
	for _, err := range []error{errNoDepth, errDepth, errNoProgram} {
		all.WriteString(authbindWrong(err))
	}
	all.WriteString(authbindFailure(&launch.ProgramError{Name: "PROGRAM", Err: unix.ENOENT}))
	testenv.Golden(t, "words.golden", all.String())
}

// What --help prints, and what is said of options.
func TestHelp(t *testing.T) {
	testenv.Golden(t, "help.golden", helpText())
	var all strings.Builder
	for _, err := range []error{errTakesNone("NAME"), errNeeds("NAME", "VALUE"), errOneOf("NAME", []string{"a", "b"}, "c"), errUnknown("--x\x1b")} {
		all.WriteString(lines(err.Error(), usageHint))
	}
	testenv.Golden(t, "options.golden", all.String())
}
