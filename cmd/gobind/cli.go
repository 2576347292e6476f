package main

import (
	"errors"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"gobind/internal/launch"
	"gobind/internal/version"
)

// cli is gobind's command line. The help texts are in tui.go.
type cli struct {
	Launch  string           `default:"auto" enum:"auto,inplace,parent" placeholder:"MODE" help:"${help_launch}"`
	Quiet   bool             `short:"q" help:"${help_quiet}"`
	Verbose bool             `short:"v" help:"${help_verbose}"`
	Listen  []string         `sep:"none" placeholder:"SOCKET" help:"${help_listen}"`
	Deep    bool             `help:"${help_deep}"`
	Depth   string           `placeholder:"N" help:"${help_deep}"`
	Version kong.VersionFlag `help:"${help_version}"`
	Command []string         `arg:"" optional:"" passthrough:"partial" name:"program" help:"${help_program}"`
}

// maxOptions is how many words kong is given: the options and then some. Its time
// grows with the square of their number, and programs may have 100,000 arguments.
const maxOptions = 64

// gobindMain is gobind under its own name. It returns only on failure, and in
// launch mode parent.
func gobindMain(args []string) int {
	c := cli{Launch: string(launch.Auto), Command: args}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		c = cli{}
		if status, done := c.parse(args); done {
			return status
		}
	}
	o := launch.Options{Argv: c.Command, Mode: launch.Mode(c.Launch), Quiet: c.Quiet}
	if len(c.Listen) > 0 {
		return fail(launch.RunListening(o, c.Listen))
	}
	if !c.Quiet {
		o.Alone = sayAlone
	}
	if c.Verbose {
		o.Plainly = sayPlainly
	}
	status, err := launch.Run(o)
	if err != nil {
		return fail(err)
	}
	return status
}

// parse parses a command line that has options; without one kong need not start.
// It reports whether nothing is left to do, and with which status.
func (c *cli) parse(args []string) (status int, done bool) {
	parser, err := newParser(c)
	if err != nil {
		return fail(err), true
	}
	head := args[:min(len(args), maxOptions)]
	if _, err := parser.Parse(head); err != nil {
		return usage(err), true
	}
	// The words themselves: kong changes what is not UTF-8.
	command := args[len(head)-len(c.Command):]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return usage(errNoProgram), true
	}
	c.Command = command
	return 0, false
}

func newParser(c *cli) (*kong.Kong, error) {
	vars := kong.Vars{"version": "gobind " + version.Version}
	for name, text := range helpTexts {
		vars[name] = text
	}
	return kong.New(c, kong.Name("gobind"), vars, kong.Writers(os.Stdout, os.Stderr), kong.Help(help))
}

// exitStatus is gobind's status for an error of launch.Run.
func exitStatus(err error) int {
	var program *launch.ProgramError
	switch {
	case !errors.As(err, &program):
		return statusOwn
	case program.NotFound():
		return statusNotFound
	default:
		return statusNotExecutable
	}
}
