//go:build kernels

package kernels

import "testing"

// nobody is what becomes of the binds where no policy counts.
const nobody = "EACCES EACCES"

// checkInKernel: policy in the kernel is what it is on the kernel that runs the other
// tests: it counts from enable on, as it was loaded, until disable. Without cgroup v2,
// probing says so, and so it does where the kernel is too old.
func checkInKernel(t *testing.T, got map[string]string) {
	t.Helper()
	compare(t, got, "probe without cgroup v2", "this kernel cannot go by policy: cgroup v2 is not mounted")
	compare(t, got, "before", nobody)
	if tooOld(got["doctor"]) {
		const cookie = "this kernel does not tell the network namespace of a socket: that came with Linux 5.14"
		compare(t, got, "probe", "this kernel cannot go by policy: "+cookie+": exit status ")
		compare(t, got, "enable", "gobindctl: "+cookie+": exit status ")
		compare(t, got, "enabled", nobody)
		compare(t, got, "left", "nothing")
		return
	}
	for what, want := range map[string]string{
		"probe": "this kernel can go by policy", "enable": "the kernel goes by policy: ",
		"enabled": covered, "enabled, another user": nobody,
		"status": "the kernel goes by policy for every program in the first network namespace | ",
		"stale":  covered, "reload": "the kernel goes by policy: ", "reloaded": "EACCES bound", "reloaded, another user": nobody,
		"disable": "the kernel does not go by policy any more", "disabled": nobody, "left": "nothing",
		"gobind": covered + "gobind: the kernel goes by policy (gobindctl kernel): the program is started plainly",
	} {
		compare(t, got, what, want)
	}
}
