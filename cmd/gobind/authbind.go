package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"gobind/internal/launch"
)

// statusAuthbind is authbind's status for every failure of its own.
const statusAuthbind = 255

// authbindMain is gobind under authbind's name, with its options and statuses.
func authbindMain(args []string) int {
	argv, help, err := authbindArgs(args)
	switch {
	case help:
		fmt.Print(authbindUsage)
		return 0
	case err != nil:
		fmt.Fprint(os.Stderr, authbindWrong(err))
		return statusAuthbind
	}
	status, err := launch.Run(launch.Options{Argv: argv, Mode: launch.Auto, Authbind: true, Quiet: true})
	if err == nil {
		return status
	}
	var program *launch.ProgramError
	if errors.As(err, &program) {
		fmt.Fprint(os.Stderr, authbindFailure(program))
	} else {
		say(err.Error(), hint(err))
	}
	return statusAuthbind
}

// authbindArgs parses authbind's command line: a lone "-" ends the options, and
// words that begin with "-" and are no option of it are ignored.
func authbindArgs(args []string) (argv []string, help bool, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		option := args[0]
		args = args[1:]
		switch option {
		case "-":
			return argvOf(args)
		case "--help":
			return nil, true, nil
		case "--depth":
			if len(args) == 0 {
				return nil, false, errNoDepth
			}
			if !validDepth(args[0]) {
				return nil, false, errDepth
			}
			args = args[1:]
		}
	}
	return argvOf(args)
}

func argvOf(args []string) ([]string, bool, error) {
	if len(args) == 0 {
		return nil, false, errNoProgram
	}
	return args, false, nil
}

// validDepth reports whether strtoul(3) takes all of text for 1 to 100.
func validDepth(text string) bool {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	text = strings.TrimPrefix(text, "+")
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && 1 <= n && n <= 100
}
