// Command gobindctl is the administrator's side of gobind: it says what works on
// this machine, who holds a port, what runs under gobind, and what was decided; it
// changes what is permitted.
package main

import "os"

func main() { os.Exit(ctlMain(os.Args[1:], os.Stdout, os.Stderr)) }

// Exit statuses. 0 is yes, or all is well; 1 is no, or a warning; doctor has 2
// for a failure. Errors have those of sysexits(3), which no answer has.
const (
	statusYes         = 0
	statusNo          = 1
	statusFailure     = 2
	statusUsage       = 64 // EX_USAGE: the command line
	statusData        = 65 // EX_DATAERR: what was given cannot be understood
	statusNoInput     = 66 // EX_NOINPUT: there is no such file
	statusUnavailable = 69 // EX_UNAVAILABLE: something of the system's is not there
	statusNoPerm      = 77 // EX_NOPERM: only root may
	statusConfig      = 78 // EX_CONFIG: policy that is unsafe or has an error
)
