package refusal

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/reason"
)

// NoHelper says why no helper serves, neither the setuid one nor over the broker
// socket, and what to do: by the helper's own word, or by err where it said none.
func (p Paths) NoHelper(status helper.Status, err error) (why, cure string) {
	why = reason.OfStatus(status, p.Helper)
	switch status {
	case helper.StatusNotSetuid:
		cure = asRoot(fmt.Sprintf("chown root %s && chmod 4755 %s", p.Helper, p.Helper))
	case helper.StatusNosuid:
		cure = "install gobind on one that is not"
	case helper.StatusNoNewPrivs:
		cure = enableOr("start gobind without it")
	case helper.StatusBoundingSet:
		cure = enableOr("start gobind with it")
	case helper.StatusUserNamespace:
		return why, ""
	case helper.StatusFailed:
		return why, "is /proc mounted, and the kernel 5.14 or newer?"
	default:
		return unserved(err)
	}
	return socketTrouble(err, why, cure)
}

// UnservedError is the helper's word that it does not bind such a socket.
type UnservedError struct{ Reason helper.Reason }

func (e *UnservedError) Error() string { return reason.Of(e.Reason, helper.Source{}) }

// unserved says why a helper that has its privilege does not serve.
func unserved(err error) (why, cure string) {
	var socket *UnservedError
	if !errors.As(err, &socket) {
		return "gobind-helper does not serve: " + strings.ReplaceAll(err.Error(), "\n", "; "), "" // several errors that were joined
	}
	if socket.Reason == helper.ReasonNamespace {
		cure = "in a container, share the network of the helper (--network=host), or there set net.ipv4.ip_unprivileged_port_start"
	}
	return "gobind-helper does not serve: " + socket.Error(), cure
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
	if !errors.As(err, &dial) || client.NotEnabled(dial) {
		return why, cure
	}
	why += fmt.Sprintf("; %s: %v", dial.Path, Errno(dial))
	if errors.Is(dial, unix.EAFNOSUPPORT) {
		cure = "under systemd, add AF_UNIX to RestrictAddressFamilies=" + whatSets()
	}
	return why, cure
}

// whatSets is where to look for who disabled the setuid helper, if this is a service.
func whatSets() string {
	cgroups, _ := os.ReadFile("/proc/self/cgroup") // none if it cannot be read
	return inTheWay(string(cgroups))
}

// inTheWay is whatSets of the cgroups of a process, as in cgroups(7).
func inTheWay(cgroups string) string {
	for line := range strings.Lines(cgroups) {
		_, group, ok := strings.Cut(strings.TrimSpace(line), "::")
		if unit := path.Base(group); ok && strings.HasSuffix(unit, ".service") {
			return "; what is in the way: gobindctl doctor --unit " + shellWord(unit)
		}
	}
	return ""
}

// Errno is the system call's error without its name.
func Errno(err error) error {
	var number unix.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}
