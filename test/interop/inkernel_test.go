package interop

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/kernel"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// mountBPF gives the world a place for what the kernel goes by.
func mountBPF(t *testing.T) {
	t.Helper()
	if err := unix.Mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700"); err != nil {
		t.Fatal(err)
	}
}

// goByPolicy lets the kernel go by policy in the network of this thread, for a cgroup of
// the test's own, which it returns.
func goByPolicy(t *testing.T) *os.File {
	t.Helper()
	root, err := kernel.RootCgroup()
	if err != nil {
		testenv.Skip(t, err.Error())
	}
	name, err := os.MkdirTemp(root, "gobind-test-")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	ctl := testenv.Install(t).Gobindctl()
	t.Cleanup(func() {
		out, err := exec.Command(ctl, "kernel", "disable").CombinedOutput()
		if err := errors.Join(err, dir.Close(), os.Remove(name)); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	kit.MustRun(t, exec.Command(ctl, "kernel", "enable", "--cgroup="+name, "--netns=/proc/self/ns/net"))
	return dir
}

// start starts the program in the column.
func (p *program) start(t *testing.T, column string) *kit.Process {
	t.Helper()
	cmd := shell("exec " + prefix(t, column) + " " + p.run)
	if column == inKernel {
		cmd.SysProcAttr.CgroupFD, cmd.SysProcAttr.UseCgroupFD = int(goByPolicy(t).Fd()), true
	}
	return kit.Start(t, cmd)
}
