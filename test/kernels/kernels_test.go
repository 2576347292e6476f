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
const defaultKernel = "bookworm/linux-image-cloud-amd64"

// patience is how long a machine may run, without kvm.
const patience = 4 * time.Minute

const (
	covered = "bound EACCES" // the port that is given, and one that is not
)

// every is GOBIND_KERNELS=all: kernels before and after each feature that gobind asks for.
var every = []string{
	"focal/linux-image-generic", "bullseye/linux-image-cloud-amd64",
	"focal-updates/linux-image-5.13.0-52-generic", "jammy/linux-image-generic",
	"jammy-updates/linux-image-5.19.0-50-generic",
	"bookworm/linux-image-cloud-amd64", "bookworm/linux-image-amd64", "bookworm/linux-image-rt-amd64",
	"jammy-updates/linux-image-6.5.0-45-generic", "noble/linux-image-generic",
	"bookworm-backports/linux-image-cloud-amd64", "trixie/linux-image-amd64", "trixie/linux-image-rt-amd64",
	"sid/linux-image-cloud-amd64", "trixie-backports/linux-image-cloud-amd64",
	"bookworm/linux-image-cloud-arm64", "trixie/linux-image-cloud-arm64",
}

// TestKernels boots each kernel once: policy in the kernel, launch modes, system call
// tables, and what gobind says where the kernel is too old.
func TestKernels(t *testing.T) {
	kernels := strings.Fields(os.Getenv("GOBIND_KERNELS"))
	switch {
	case len(kernels) == 0:
		kernels = []string{defaultKernel}
	case kernels[0] == "all":
		kernels = every
	}
	for _, name := range kernels {
		t.Run(name, func(t *testing.T) {
			m := machineOf(name)
			testenv.Require(t, m.qemu)
			k := m.kernel(t, name)
			got := m.boot(t, k.image, m.initramfs(t, k.modules...), "main")
			t.Log(got["kernel"])
			if trouble, ok := got["trouble"]; ok {
				t.Error(trouble)
			}
			checkFeatures(t, versionOf(t, got["kernel"]), got["doctor"])
			checkInKernel(t, got)
			if tooOld(got["doctor"]) {
				checkTooOld(t, got)
				return
			}
			checkLaunch(t, got)
			checkKinds(t, m, len(k.modules) > 0, got)
		})
	}
}

// boot runs the machine to its end, for one of the guest's jobs, and returns what the
// guest said.
func (m machine) boot(t *testing.T, kernel, archive, job string) map[string]string {
	t.Helper()
	cmd := exec.Command(m.qemu, append(m.args, "-accel", "tcg", "-m", "512", "-nographic", "-no-reboot", "-nodefaults",
		"-serial", "stdio", "-monitor", "none", "-kernel", kernel, "-initrd", archive,
		"-append", "console="+m.console+" quiet panic=-1 syscall.x32=y ia32_emulation=on mitigations=off apparmor=1 job="+job)...)
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

func compare(t *testing.T, got map[string]string, what, want string) {
	t.Helper()
	if !strings.HasPrefix(got[what], want) {
		t.Errorf("%s: %q, want %q", what, got[what], want)
	} else {
		t.Logf("%s: %s", what, got[what])
	}
}
