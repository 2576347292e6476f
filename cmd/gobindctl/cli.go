package main

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"gobind/internal/convert"
	"gobind/internal/rulesedit"
	"gobind/internal/version"
)

// cli is gobindctl's command line. The help texts are in tui.go.
type cli struct {
	JSON    bool             `name:"json" help:"${help_json}"`
	Version kong.VersionFlag `help:"${help_version}"`

	Check  checkCmd  `cmd:"" help:"${help_check}"`
	List   listCmd   `cmd:"" help:"${help_list}"`
	Show   showCmd   `cmd:"" help:"${help_show}"`
	Doctor doctorCmd `cmd:"" help:"${help_doctor}"`
	Who    whoCmd    `cmd:"" help:"${help_who}"`
	Ps     psCmd     `cmd:"" help:"${help_ps}"`
	Log    logCmd    `cmd:"" help:"${help_log}"`
	Permit permitCmd `cmd:"" help:"${help_permit}"`
	Revoke revokeCmd `cmd:"" help:"${help_revoke}"`
	Edit   editCmd   `cmd:"" help:"${help_edit}"`
	Lint   lintCmd   `cmd:"" help:"${help_lint}"`
	Import importCmd `cmd:"" help:"${help_import}"`
	Kernel kernelCmd `cmd:"" help:"${help_kernel}"`
	Unit   unitCmd   `cmd:"" help:"${help_unit}"`
}

// policyFlags say where policy is.
type policyFlags struct {
	Config string `placeholder:"DIR" help:"${help_config}"`
	Root   string `placeholder:"DIR" help:"${help_root}"`
}

// command is what each command does. It returns the exit status of its answer.
type command interface {
	run(*ui) (int, error)
}

// ctlMain runs gobindctl and returns its exit status.
func ctlMain(args []string, stdout, stderr io.Writer) int {
	var c cli
	u := newUI(stdout, stderr)
	u.json, u.args = wantsJSON(args), args
	parser, err := newParser(&c, stdout, stderr)
	if err != nil {
		return u.fail(err)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return u.usage(err)
	}
	u.json = c.JSON
	selected, ok := ctx.Selected().Target.Addr().Interface().(command)
	if !ok {
		return u.usage(errNoCommand)
	}
	status, err := selected.run(u)
	if err == nil {
		err = u.flush()
	}
	if err != nil {
		return u.fail(err)
	}
	return status
}

// wantsJSON reports whether a command line, right or wrong, has --json.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json")
}

func newParser(c *cli, stdout, stderr io.Writer) (*kong.Kong, error) {
	vars := kong.Vars{"version": "gobindctl " + version.Version}
	for name, text := range helpTexts {
		vars[name] = text
	}
	return kong.New(c, kong.Name("gobindctl"), kong.Description(summary), vars,
		kong.Writers(stdout, stderr), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
}

// An inputError is about something that the user gave, or that only root may
// read; it has an exit status of its own.
type inputError struct {
	status int
	err    error
}

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// exitStatus is gobindctl's status for an error.
func exitStatus(err error) int {
	var input *inputError
	var unsafe *rulesedit.UnsafeError
	var untranslated *convert.TreeError
	switch {
	case errors.As(err, &input):
		return input.status
	case errors.As(err, &unsafe):
		return statusConfig
	case errors.As(err, &untranslated) && !errors.Is(err, os.ErrPermission):
		return statusConfig
	case errors.Is(err, os.ErrPermission):
		return statusNoPerm
	case errors.Is(err, os.ErrNotExist):
		return statusNoInput
	default:
		return statusUnavailable
	}
}
