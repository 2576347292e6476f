//go:build kernels

package kernels

import "strings"

// A machine is what qemu and apt want to be told of an architecture.
type machine struct {
	qemu    string
	args    []string
	console string
	debian  string            // what Debian calls it
	guests  map[string]string // programs of the guest, and Go's name of what they run on
	tables  []string          // system call tables beside its own
}

var (
	amd64 = machine{
		// Linux 6.12 crashes on the cmpxchg16b of qemu 7.2 without kvm.
		qemu: "qemu-system-x86_64", args: []string{"-cpu", "max,cx16=off"}, console: "ttyS0", debian: "amd64",
		guests: map[string]string{"guest": "amd64", "guest386": "386"}, tables: []string{"i386", "x32"},
	}
	arm64 = machine{
		qemu: "qemu-system-aarch64", args: []string{"-M", "virt", "-cpu", "max"}, console: "ttyAMA0", debian: "arm64",
		guests: map[string]string{"guest": "arm64"},
	}
)

// machineOf is the machine for a kernel, by the name of its package.
func machineOf(name string) machine {
	if strings.Contains(name, "arm64") {
		return arm64
	}
	return amd64
}
