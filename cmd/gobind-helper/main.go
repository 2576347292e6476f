// Command gobind-helper binds sockets to privileged ports by policy, for the
// user who runs it. It is installed setuid root, and started by gobind's
// supervisor: see package broker.
package main

import (
	"os"

	"gobind/internal/broker"
)

func main() { os.Exit(broker.Main()) }
