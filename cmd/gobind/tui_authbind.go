package main

import (
	"errors"
	"fmt"
	"strings"

	"gobind/internal/launch"
)

// Under authbind's name lines are as authbind writes them.

// authbindUsage is what authbind's --help prints.
const authbindUsage = `usage: authbind [options] program [args ...]
options:
  --help       print this
  --deep       accepted: everything that program starts is covered
  --depth N    accepted likewise, 1 to 100
`

// Errors of authbind's command line.
var (
	errNoDepth = errors.New("--depth needs a value")
	errDepth   = errors.New("--depth: not a number from 1 to 100")
)

// authbindWrong is what is wrong with the command line.
func authbindWrong(err error) string { return fmt.Sprintf("authbind: %v\n%s", err, authbindUsage) }

// authbindFailure is why the program cannot be executed.
func authbindFailure(e *launch.ProgramError) string {
	return fmt.Sprintf("%s: %s\n", e.Name, strerror(e.Err))
}

// strerror is the error of a system call in the words of strerror(3): as Go has
// it, with a capital letter.
func strerror(err error) string {
	text := err.Error()
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
