package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// inKernel has the kernel go by policy, and binds without gobind before, meanwhile and
// after.
func inKernel() {
	const ctl = "/usr/local/sbin/gobindctl"
	say("probe without cgroup v2", command(0, ctl, "kernel", "probe"))
	if err := errors.Join(unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, ""), unix.Mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700")); err != nil {
		say("trouble", err.Error())
	}
	say("probe", command(0, ctl, "kernel", "probe"))
	binds("before")
	say("enable", command(0, ctl, "kernel", "enable"))
	binds("enabled")
	say("status", command(0, ctl, "kernel", "status"))
	say("gobind", outcome(user, "/usr/local/bin/gobind", "--verbose", "--", "/guest"))
	if err := os.Rename("/etc/gobind/byport/80", "/etc/gobind/byport/81"); err != nil {
		say("trouble", err.Error())
	}
	binds("stale")
	say("reload", command(0, ctl, "kernel", "reload"))
	binds("reloaded")
	say("disable", command(0, ctl, "kernel", "disable"))
	binds("disabled")
	_, err := os.Stat("/sys/fs/bpf/gobind")
	say("left", map[bool]string{true: "nothing", false: "something"}[errors.Is(err, os.ErrNotExist)])
	if err := os.Rename("/etc/gobind/byport/81", "/etc/gobind/byport/80"); err != nil {
		say("trouble", err.Error())
	}
}

// binds says what becomes of binds of ports 80 and 81, of the user and of another one.
func binds(when string) {
	say(when, outcome(user, "/guest"))
	say(when+", another user", outcome(user+1, "/guest"))
}

// outcome is what came of the binds of the guest as a program of a user's, with
// something before it or not, and what was said.
func outcome(uid uint32, program ...string) string {
	const result = "/tmp/result"
	_ = os.Remove(result)
	said := command(uid, append(program, "direct", result)...)
	text, _ := os.ReadFile(result)
	return strings.TrimSpace(string(text)) + said
}

// command runs a command as a user, and returns what it says.
func command(uid uint32, args ...string) string {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	text := strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", " | ")
	if err != nil {
		text += ": " + err.Error()
	}
	return text
}
