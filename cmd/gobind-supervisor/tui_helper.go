package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/supervisor"
)

// helperTrouble says why no helper serves, neither the setuid one nor over the broker
// socket, and what to do.
func helperTrouble(r supervisor.Trouble) (why, cure string) {
	file := supervisor.HelperPath
	switch r.Status {
	case helper.StatusNotSetuid:
		why = file + " has neither a setuid bit nor a file capability"
		cure = asRoot(fmt.Sprintf("chown root %s && chmod 4755 %s", file, file))
	case helper.StatusNosuid:
		why, cure = file+" is on a file system mounted nosuid", "install gobind on one that is not"
	case helper.StatusNoNewPrivs:
		why, cure = "no_new_privs is set, which disables the setuid helper", enableOr("start gobind without it")
	case helper.StatusBoundingSet:
		why, cure = "the capability bounding set lacks CAP_NET_BIND_SERVICE", enableOr("start gobind with it")
	case helper.StatusUserNamespace:
		return "the helper has no privilege to use in this user namespace, or under a tracer", ""
	case helper.StatusFailed:
		return "gobind-helper could not shed its privilege", "is /proc mounted, and the kernel 5.14 or newer?"
	default:
		return fmt.Sprintf("gobind-helper does not serve: %v", r.Err), ""
	}
	return socketTrouble(r.Err, why, cure)
}

// enableOr gives gobind a helper that needs no setuid bit, where systemd runs
// (sd_booted(3)), and is other elsewhere.
func enableOr(other string) string {
	if info, err := os.Lstat("/run/systemd/system"); err != nil || !info.IsDir() {
		return other
	}
	return asRoot("systemctl enable --now gobind.socket") + whatSets()
}

// socketTrouble adds what is wrong with the broker socket, unless it is just not there.
func socketTrouble(err error, why, cure string) (string, string) {
	var dial *client.DialError
	if !errors.As(err, &dial) || errors.Is(dial, unix.ENOENT) || errors.Is(dial, unix.ECONNREFUSED) {
		return why, cure
	}
	why += fmt.Sprintf("; %s: %v", dial.Path, errno(dial))
	if errors.Is(dial, unix.EAFNOSUPPORT) {
		cure = "under systemd, add AF_UNIX to RestrictAddressFamilies=" + whatSets()
	}
	return why, cure
}

// whatSets is where to look for who disabled the setuid helper, if this is a service.
func whatSets() string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		_, group, ok := strings.Cut(strings.TrimSpace(line), "::")
		if unit := path.Base(group); ok && strings.HasSuffix(unit, ".service") {
			return "; what is in the way: gobindctl doctor --unit " + shellWord(unit)
		}
	}
	return ""
}
