//go:build kernels

package kernels

import (
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// With the helper's AppArmor profile enforced gobind does what it does without, and in
// launch mode inplace with the supervisor's too; nothing that they try is denied.
func TestAppArmor(t *testing.T) {
	testenv.Require(t, "qemu-system-x86_64")
	testenv.Require(t, "apparmor_parser")
	got := amd64.boot(t, amd64.kernel(t, defaultKernel).image, amd64.initramfs(t), "apparmor")
	if trouble, ok := got["trouble"]; ok {
		t.Error(trouble)
	}
	for _, profile := range []string{"gobind-helper (enforce)", "gobind-supervisor (enforce)"} {
		if !strings.Contains(got["profiles"], profile) {
			t.Errorf("profiles are %q, want %s", got["profiles"], profile)
		}
	}
	for _, target := range []string{"direct", "forked", "daemon"} {
		for _, which := range []string{"helper inplace ", "helper parent ", "both inplace "} {
			compare(t, got, which+target, covered)
		}
	}
	// As the profile says of itself.
	compare(t, got, "both parent direct", "exit status 126: ")
	if got["denied"] != "" {
		t.Errorf("denied: %s", strings.ReplaceAll(got["denied"], " | ", "\n"))
	}
}
