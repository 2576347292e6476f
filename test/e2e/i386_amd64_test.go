package e2e

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// Programs for i386, which bind through a system call of its own and through
// socketcall(2). A kernel that executes no 32-bit programs says ENOEXEC, under gobind
// too: there is nothing to cover. (test/kernels has one that does.)
func TestI386(t *testing.T) {
	for name, flags := range map[string][]string{"bind": nil, "socketcall": {"-DSOCKETCALL"}} {
		t.Run(name, func(t *testing.T) {
			argv := []string{kit.Build(t, "i386-"+name, append([]string{"gcc", "-m32", "-O1", "-Wall", "-ffreestanding",
				"-nostdlib", "-static", "-fno-pie", "-no-pie", "-fno-stack-protector"}, flags...), "testdata/i386.c")}
			if err := testenv.Alice.Command(argv[0]).Run(); errors.Is(err, unix.ENOEXEC) {
				if p := kit.Start(t, kit.GobindAs(t, testenv.Alice, "inplace")(argv...)); p.Wait(t).Success() {
					t.Error("it ran under gobind, uncovered")
				}
				return
			}
			showProgram(t, argv, "80", "tcp [::]:80", wantPage)
		})
	}
}
