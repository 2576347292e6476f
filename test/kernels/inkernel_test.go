//go:build kernels

package kernels

import (
	"os"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// Policy in the kernel is what it is on the kernel that runs the other tests: it counts
// from enable on, as it was loaded, until disable; and without cgroup v2, probing says so.
func TestInKernel(t *testing.T) {
	kernels := strings.Fields(os.Getenv("GOBIND_KERNELS"))
	if len(kernels) == 0 {
		kernels = []string{defaultKernel}
	}
	for _, name := range kernels {
		t.Run(name, func(t *testing.T) {
			m := machineOf(name)
			testenv.Require(t, m.qemu)
			got := m.boot(t, m.kernelImage(t, name), m.initramfs(t), "kernel")
			if trouble, ok := got["trouble"]; ok {
				t.Error(trouble)
			}
			const nobody = "EACCES EACCES"
			for what, want := range map[string]string{
				"probe without cgroup v2": "this kernel cannot go by policy: cgroup v2 is not mounted", "probe": "this kernel can go by policy",
				"before": nobody, "enable": "the kernel goes by policy: ", "enabled": covered, "enabled, another user": nobody,
				"status": "the kernel goes by policy for every program in the first network namespace | ",
				"gobind": covered + "gobind: the kernel goes by policy (gobindctl kernel): the program is started plainly",
				"stale":  covered, "reload": "the kernel goes by policy: ", "reloaded": "EACCES bound", "reloaded, another user": nobody,
				"disable": "the kernel does not go by policy any more", "disabled": nobody, "left": "nothing",
			} {
				compare(t, got, what, want)
			}
		})
	}
}
