package main

import (
	"errors"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"gobind/internal/inkernel"
	"gobind/internal/kernel"
)

const bpffs = "/sys/fs/bpf"

func cmdCgroup(ts *testscript.TestScript, _ bool, _ []string) {
	root, err := kernel.RootCgroup()
	ts.Check(err)
	dir, err := os.MkdirTemp(root, "gobind-test-")
	ts.Check(err)
	ts.Check(unix.Mount("bpf", bpffs, "bpf", 0, "mode=0700"))
	ts.Setenv("CGROUP", dir)
	ts.Setenv("CGROOT", root)
	ts.Setenv("CGNAME", strings.TrimPrefix(dir, root+"/"))
	ts.Defer(func() {
		if err := kernel.Disable(kernelPins); err != nil && !errors.Is(err, kernel.ErrDisabled) {
			ts.Logf("%v", err)
		}
		ts.Check(errors.Join(inkernel.Remove(), unix.Unmount(bpffs, 0), os.Remove(dir)))
	})
}

// cmdWithin starts the program by a shell of root's that enters the cgroup first.
func cmdWithin(ts *testscript.TestScript, neg bool, args []string) {
	u, ok := users[args[0]]
	if !ok {
		ts.Fatalf("no user %q", args[0])
	}
	const enter = `echo $$ >"$0/cgroup.procs" && exec setpriv --reuid="$1" --regid="$1" --init-groups -- "${@:2}"`
	cmdRun(ts, neg, append([]string{"root", args[1], "bash", "-c", enter, ts.Getenv("CGROUP"), u.Name}, args[2:]...))
}
