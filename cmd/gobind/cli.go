package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gobind/internal/launch"
	"gobind/internal/version"
)

// cli is what gobind's command line says.
type cli struct {
	Launch         string
	Quiet, Verbose bool
	Listen         []string
	Command        []string // the program and its arguments
	help, version  bool
}

// option is one option. All of them are in options, for the parser, the help and the
// completions.
type option struct {
	name, short string
	arg         string   // what its value is; "": it has none
	values      []string // all that it takes; nil: any
	help        string
	set         func(c *cli, value string)
}

// gobindMain is gobind under its own name. It returns only on failure, and in
// launch mode parent.
func gobindMain(args []string) int {
	c := cli{Launch: string(launch.Auto), Command: args}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		c.Command = nil
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

// parse parses a command line that has options. It reports whether nothing is left to
// do, and with which status.
func (c *cli) parse(args []string) (status int, done bool) {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		var err error
		if strings.HasPrefix(word, "--") {
			args, err = c.long(word, args)
		} else {
			err = c.short(word)
		}
		switch {
		case err != nil:
			return usage(err), true
		case c.help:
			fmt.Print(helpText())
			return 0, true
		case c.version:
			fmt.Println("gobind " + version.Version)
			return 0, true
		}
	}
	if len(args) == 0 {
		return usage(errNoProgram), true
	}
	c.Command = args
	return 0, false
}

// long takes over --NAME, --NAME=VALUE, or --NAME and the word after it. It returns
// the words that are left.
func (c *cli) long(word string, rest []string) ([]string, error) {
	name, value, given := strings.Cut(word[len("--"):], "=")
	for _, o := range options {
		if o.name != name {
			continue
		}
		switch {
		case o.arg == "" && given:
			return nil, errTakesNone(name)
		case o.arg != "" && !given && (len(rest) == 0 || strings.HasPrefix(rest[0], "-")):
			return nil, errNeeds(name, o.arg)
		case o.arg != "" && !given:
			value, rest = rest[0], rest[1:]
		}
		if o.values != nil && !slices.Contains(o.values, value) {
			return nil, errOneOf(name, o.values, value)
		}
		o.set(c, value)
		return rest, nil
	}
	return nil, errUnknown("--" + name)
}

// short takes over one or more options of one letter, which have no values.
func (c *cli) short(word string) error {
	for _, letter := range word[len("-"):] {
		i := slices.IndexFunc(options, func(o option) bool { return o.short == string(letter) })
		if i < 0 {
			return errUnknown("-" + string(letter))
		}
		options[i].set(c, "")
	}
	return nil
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
