package main

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

const security = "/sys/kernel/security"

// confined does the main job with the helper confined, in each launch mode, and then
// with the supervisor confined as well, where that can be.
func confined() {
	if err := unix.Mount("securityfs", security, "securityfs", 0, ""); err != nil {
		say("trouble", err.Error())
	}
	enforce("gobind-helper")
	for _, mode := range []string{"inplace", "parent"} {
		for _, target := range []string{"direct", "forked", "daemon"} {
			say("helper "+mode+" "+target, run("/guest", mode, target))
		}
	}
	enforce("gobind-supervisor")
	for _, target := range []string{"direct", "forked", "daemon"} {
		say("both inplace "+target, run("/guest", "inplace", target))
	}
	say("denied", denied())
	say("both parent direct", run("/guest", "parent", "direct"))
	say("end", "")
}

// enforce loads a profile, and says which there are then.
func enforce(name string) {
	policy, err := os.ReadFile("/" + name + ".apparmor")
	err = errors.Join(err, os.WriteFile(security+"/apparmor/.load", policy, 0o600))
	loaded, readErr := os.ReadFile(security + "/apparmor/profiles")
	if err := errors.Join(err, readErr); err != nil {
		say("trouble", err.Error())
	}
	say("profiles", strings.ReplaceAll(string(loaded), "\n", " "))
}

// denied are the kernel's messages of what AppArmor refused.
func denied() string {
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err.Error()
	}
	defer unix.Close(fd) //nolint:errcheck // it was read
	var found []string
	for buf := make([]byte, 8192); ; {
		n, err := unix.Read(fd, buf)
		if errors.Is(err, unix.EPIPE) { // some were overwritten
			continue
		}
		if err != nil {
			return strings.Join(found, " | ")
		}
		if line, _, _ := strings.Cut(string(buf[:n]), "\n"); strings.Contains(line, `apparmor="DENIED"`) {
			found = append(found, line)
		}
	}
}
