//go:build kernels

package kernels

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gobind/internal/testenv"
)

// defaultKernel is what an ordinary run boots.
const defaultKernel = "linux-image-6.1.0-55-cloud-amd64-unsigned"

// patience is how long a machine may run, without kvm.
const patience = 10 * time.Minute

const (
	covered = "bound EACCES" // the port that is given, and one that is not
)

func TestKernels(t *testing.T) {
	kernels := strings.Fields(os.Getenv("GOBIND_KERNELS"))
	if len(kernels) == 0 {
		kernels = []string{defaultKernel}
	}
	for _, name := range kernels {
		t.Run(name, func(t *testing.T) {
			m := machineOf(name)
			testenv.Require(t, m.qemu)
			check(t, m, m.boot(t, m.kernelImage(t, name), m.initramfs(t), "yama"))
		})
	}
}

// boot runs the machine to its end, for one of the guest's jobs, and returns what the
// guest said.
func (m machine) boot(t *testing.T, kernel, archive, job string) map[string]string {
	t.Helper()
	cmd := exec.Command(m.qemu, append(m.args, "-accel", "tcg", "-cpu", "max", "-m", "512", "-nographic", "-no-reboot", "-nodefaults",
		"-serial", "stdio", "-monitor", "none", "-kernel", kernel, "-initrd", archive,
		"-append", "console="+m.console+" quiet panic=-1 syscall.x32=y mitigations=off apparmor=1 job="+job)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	results := map[string]string{}
	var console []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		console = append(console, lines.Text())
		if _, said, ok := strings.Cut(lines.Text(), "RESULT\t"); ok {
			what, came, _ := strings.Cut(strings.TrimSpace(said), "\t")
			results[what] = came
		}
	}
	_ = cmd.Wait()
	if _, ok := results["end"]; !ok {
		t.Fatalf("the machine did not come to its end:\n%s", strings.Join(console[max(0, len(console)-30):], "\n"))
	}
	return results
}

// check compares what a machine said with what gobind promises.
func check(t *testing.T, m machine, got map[string]string) {
	t.Helper()
	t.Log(got["kernel"])
	if trouble, ok := got["trouble"]; ok {
		t.Error(trouble)
	}
	for _, scope := range []string{"0", "1"} {
		for _, mode := range []string{"auto", "inplace", "parent"} {
			for _, target := range []string{"direct", "forked", "daemon"} {
				want := covered
				if scope == "1" && mode == "inplace" {
					want = "exit status 125: gobind: kernel.yama.ptrace_scope is 1: launch mode inplace cannot work"
				}
				compare(t, got, "yama "+scope+" "+mode+" "+target, want)
			}
		}
		for _, table := range m.tables {
			compare(t, got, "yama "+scope+" auto "+table, covered)
		}
	}
	for _, scope := range []string{"2", "3"} {
		for _, mode := range []string{"auto", "inplace", "parent"} {
			compare(t, got, "yama "+scope+" "+mode+" direct", "exit status 125: gobind: kernel.yama.ptrace_scope is "+scope+": launch mode ")
		}
	}
}

func compare(t *testing.T, got map[string]string, what, want string) {
	t.Helper()
	if !strings.HasPrefix(got[what], want) {
		t.Errorf("%s: %q, want %q", what, got[what], want)
	} else {
		t.Logf("%s: %s", what, got[what])
	}
}
