//go:build kernels

package kernels

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
		qemu: "qemu-system-x86_64", console: "ttyS0", debian: "amd64",
		guests: map[string]string{"guest": "amd64", "guest386": "386"}, tables: []string{"i386", "x32"},
	}
	arm64 = machine{
		qemu: "qemu-system-aarch64", args: []string{"-M", "virt"}, console: "ttyAMA0", debian: "arm64",
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

// apt is what apt-get has to be told before a command, so that it sees packages of
// the machine's architecture. They are looked up aside from the system's own, which
// stay as they are.
func (m machine) apt(t *testing.T) []string {
	t.Helper()
	if m.debian == "amd64" {
		return nil
	}
	dir := t.TempDir()
	for _, sub := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	options := []string{
		"-o", "APT::Architecture=" + m.debian, "-o", "APT::Architectures=" + m.debian,
		"-o", "Dir::State::lists=" + filepath.Join(dir, "lists"), "-o", "Dir::State::status=/dev/null",
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"), "-o", "APT::Sandbox::User=root",
	}
	must(t, dir, "apt-get", append(options, "-q", "update")...)
	return options
}
