package unit

import "fmt"

// Why says why there can be no drop-in.
type Why string

// Reasons of a [RefusalError].
const (
	BadName       Why = "bad-name"       // no name of a service
	NoUnit        Why = "no-unit"        // no such unit
	Masked        Why = "masked"         // it is linked to /dev/null
	NoCommand     Why = "no-command"     // it starts nothing
	NamedArgument Why = "named-argument" // @ with a name that gobind cannot give, or |
	Variable      Why = "variable"       // the program is a variable, or looks like an option
	Privileged    Why = "privileged"     // every command starts as root, by + or !
	RootUser      Why = "root-user"      // it has no User=
	Sandbox       Why = "sandbox"        // a directive that no drop-in of gobind's takes back
	Overruled     Why = "overruled"      // a later drop-in starts something else
	Foreign       Why = "foreign"        // the file is there, and is not gobindctl's
	Unsafe        Why = "unsafe"         // others than root could write to the directory
)

// RefusalError says why there can be no drop-in, and what is in the way.
type RefusalError struct {
	Why     Why
	Subject string // a name, an assignment or a file
	File    string // where it stands, "" if that is not known
	Line    int
	Unit    string // the unit that it is about
}

func (e *RefusalError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("%s: %s", e.Why, e.Subject)
	}
	return fmt.Sprintf("%s: %s (%s:%d)", e.Why, e.Subject, e.File, e.Line)
}
