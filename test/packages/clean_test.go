//go:build clean

package packages

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const helperFile = "/usr/libexec/gobind/gobind-helper"

// older are packages of a version before this one.
func older(t *testing.T) string {
	t.Helper()
	if dir := filepath.Join(filepath.Dir(packages(t)), "older"); exists(dir) {
		return dir
	}
	return build(t, "older", "0.0.9")
}

// all are the debs of a directory.
func all(t *testing.T, dir string) []string {
	t.Helper()
	return []string{file(t, dir, "gobind_*.deb"), file(t, dir, "gobind-authbind_*.deb")}
}

// On a system that has never seen gobind the package is all that is needed, and when
// it is removed nothing is left but what the administrator wrote: it has no
// configuration files, so there is nothing to purge then.
func TestInstallAndRemove(t *testing.T) {
	r := newRoot(t, "minimal.tar", all(t, packages(t))...)
	before := r.files(t)
	r.apt(t, "install", "gobind_*.deb")
	if mode := r.run(t, "stat", "-c", "%a %U:%G", helperFile); mode != "4755 root:root\n" {
		t.Errorf("the helper is %s", mode)
	}
	r.bind(t, "80", "errno 13")
	r.run(t, "install", "-o", "alice", "-m", "500", "/dev/null", "/etc/gobind/byport/80")
	r.bind(t, "80", "bound", "gobind")
	words := r.bind(t, "443", "errno 13", "gobind")
	if !strings.Contains(words, "gobind: user alice may not bind tcp 127.0.0.1:443: ") {
		t.Errorf("a refusal says %q", words)
	}

	r.run(t, "gobindctl", "permit", "alice", "tcp", "*:443")
	r.bind(t, "443", "bound", "gobind")

	r.apt(t, "remove", "gobind")
	if known := r.run(t, "sh", "-c", "dpkg-query -W gobind 2>&1 || true"); !strings.Contains(known, "no packages found") {
		t.Errorf("removed, dpkg knows %s", known)
	}
	after := r.files(t)
	left := slices.DeleteFunc(slices.Sorted(maps.Keys(after)), func(name string) bool { return before[name] != "" })
	if want := []string{"/etc/gobind", "/etc/gobind/byport", "/etc/gobind/byport/80", "/etc/gobind/rules.d", "/etc/gobind/rules.d/.gobindctl.lock", "/etc/gobind/rules.d/50-gobindctl.rules"}; !slices.Equal(left, want) {
		t.Errorf("removed, it leaves %q, want %q", left, want)
	}
	for name, mode := range before {
		if after[name] != mode {
			t.Errorf("%s was %s and is %q", name, mode, after[name])
		}
	}
}

// What only the package brought is gone when it is purged.
func TestPurgeLeavesNothing(t *testing.T) {
	r := newRoot(t, "minimal.tar", all(t, packages(t))...)
	before := r.files(t)
	r.apt(t, "install", "gobind_*.deb", "gobind-authbind_*.deb")
	r.apt(t, "purge", "gobind-authbind", "gobind")
	if after := r.files(t); !maps.Equal(before, after) {
		for name, mode := range after {
			if before[name] != mode {
				t.Errorf("leaves %s", name)
			}
		}
	}
}

// The administrator's mode of the helper survives a new version and reinstallation,
// and is what counts: who is not in the group gets no port.
func TestStatoverride(t *testing.T) {
	r := newRoot(t, "minimal.tar", all(t, packages(t))...)
	for _, p := range all(t, older(t)) {
		output(t, "cp", p, filepath.Join(string(r), "packages"))
	}
	r.apt(t, "install", "gobind_0.0.9-*.deb")
	r.run(t, "install", "-o", "alice", "-m", "500", "/dev/null", "/etc/gobind/byport/80")
	r.run(t, "dpkg-statoverride", "--update", "--add", "root", "daemon", "4750", helperFile)
	r.bind(t, "80", "errno 13", "gobind")
	r.apt(t, "install", "gobind_0.1*.deb")
	r.apt(t, "--reinstall", "install", "gobind_0.1*.deb")
	if mode := r.run(t, "stat", "-c", "%a %U:%G", helperFile); mode != "4750 root:daemon\n" {
		t.Errorf("the helper is %s", mode)
	}
	r.bind(t, "80", "errno 13", "gobind")
	r.run(t, "dpkg-statoverride", "--remove", helperFile)
	r.apt(t, "--reinstall", "install", "gobind_0.1*.deb")
	r.bind(t, "80", "bound", "gobind")
}

// A program that runs while a new version comes keeps what it has, and may bind more:
// at first by the helper that it had, and when that has ended by the new one, which
// its supervisor finds at the same path. When gobind is removed under it, later binds
// are refused.
func TestUpgradeUnderDaemon(t *testing.T) {
	r := newRoot(t, "minimal.tar", all(t, packages(t))...)
	for _, p := range all(t, older(t)) {
		output(t, "cp", p, filepath.Join(string(r), "packages"))
	}
	r.apt(t, "install", "gobind_0.0.9-*.deb")
	for _, port := range []string{"80", "81", "82", "83"} {
		r.run(t, "install", "-o", "alice", "-m", "500", "/dev/null", "/etc/gobind/byport/"+port)
	}
	d := r.start(t, "gobind")
	d.bind("80", "bound")
	old := helpers(t, r)
	if len(old) != 1 {
		t.Fatalf("%d helpers", len(old))
	}

	r.apt(t, "install", "gobind_0.1*.deb")
	if said := r.run(t, "gobind", "--version"); !strings.Contains(said, version(t)) {
		t.Errorf("upgraded, gobind is %s", said)
	}
	d.bind("81", "bound")
	for pid := range old { // ten idle seconds would end it too
		_ = unix.Kill(pid, unix.SIGKILL)
		waitFor(t, "the old helper to end", func() bool { return unix.Kill(pid, 0) != nil })
	}
	d.bind("82", "bound")
	for pid, exe := range helpers(t, r) {
		if exe != string(r)+helperFile {
			t.Errorf("helper %d is %s", pid, exe)
		}
	}

	r.apt(t, "remove", "gobind")
	for pid := range helpers(t, r) {
		_ = unix.Kill(pid, unix.SIGKILL)
		waitFor(t, "the helper to end", func() bool { return unix.Kill(pid, 0) != nil })
	}
	d.bind("83", "errno 13")
	r.bind(t, "80", "errno 13") // the program has it
	if words := d.end(); !strings.Contains(words, "gobind: ") {
		t.Errorf("without its helper gobind says %q", words)
	}
}

// helpers are the processes of gobind-helper that run in the root, and their files.
func helpers(t *testing.T, r root) map[int]string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	for _, link := range links {
		exe, err := os.Readlink(link)
		if pid := 0; err == nil && strings.HasPrefix(exe, string(r)+helperFile) && scan(link, &pid) {
			found[pid] = exe
		}
	}
	return found
}

// scan reads the pid in /proc/PID/exe.
func scan(link string, pid *int) bool {
	for _, c := range strings.TrimSuffix(strings.TrimPrefix(link, "/proc/"), "/exe") {
		*pid = *pid*10 + int(c-'0')
	}
	return *pid > 0
}

// waitFor waits for what has to happen soon.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

// gobind-authbind takes the place of Debian's authbind, whose policy is in use, and
// gives it back: nothing has to be changed for either.
func TestInPlaceOfAuthbind(t *testing.T) {
	r := newRoot(t, "minimal.tar", append(all(t, packages(t)), roots(t, "authbind/authbind_*.deb"))...)
	r.apt(t, "install", "authbind_2*.deb")
	r.run(t, "install", "-o", "alice", "-m", "500", "/dev/null", "/etc/authbind/byport/80")
	policy := func() string { return r.run(t, "sh", "-c", "find /etc/authbind -printf '%p %m %u\n' | sort") }
	before := policy()
	use := func(who string) {
		t.Helper()
		r.bind(t, "80", "bound", "authbind", "--deep")
		r.bind(t, "81", "errno 1", "authbind", "--deep")
		if owner := r.run(t, "dpkg", "-S", "/usr/bin/authbind"); owner != who+": /usr/bin/authbind\n" {
			t.Errorf("authbind is of %s", owner)
		}
		if after := policy(); after != before {
			t.Errorf("the policy was\n%sand is\n%s", before, after)
		}
	}
	use("authbind")
	r.apt(t, "install", "gobind_*.deb", "gobind-authbind_*.deb")
	use("gobind-authbind")
	r.bind(t, "80", "bound", "gobind")
	r.apt(t, "install", "authbind_2*.deb")
	use("authbind")
	r.bind(t, "80", "bound", "gobind") // it stays, beside it
}
