// Command gobind starts a program that may bind privileged ports as far as the
// administrator's policy permits its user to. Under the name authbind it takes
// the options of authbind and answers as authbind does.
package main

import (
	"os"
	"path/filepath"
	"runtime"
)

// The filter is loaded into the main thread, which executes the program.
func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) == 0 {
		os.Exit(statusOwn)
	}
	if filepath.Base(os.Args[0]) == "authbind" {
		os.Exit(authbindMain(os.Args[1:]))
	}
	os.Exit(gobindMain(os.Args[1:]))
}

// Exit statuses of gobind's own, as env(1) and timeout(1) have them.
const (
	statusOwn           = 125 // gobind itself failed
	statusNotExecutable = 126 // the program was found and cannot be executed
	statusNotFound      = 127 // there is no such program
)
