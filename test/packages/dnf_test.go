//go:build clean

package packages

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// rpms are the rpms of a directory.
func rpms(t *testing.T, dir string) []string {
	t.Helper()
	return []string{file(t, dir, "gobind-[0-9]*.rpm"), file(t, dir, "gobind-authbind-[0-9]*.rpm")}
}

// dnf runs dnf, without its repositories, for packages in /packages or by name.
func (r root) dnf(t *testing.T, args ...string) {
	t.Helper()
	r.run(t, append([]string{"dnf", "-y", "-q", "--releasever=1", "--disablerepo=*", "--setopt=tsflags=", "--nogpgcheck"}, r.named(t, args)...)...)
}

// In a system of its own, where dnf and rpm are what packages come by, all is as it is
// with apt: dnf finds nothing to be missing; the main job; a new version under a
// program that runs, by which later binds go on; rpm finds nothing that was changed;
// removed, the packages leave what root wrote.
func TestDNF(t *testing.T) {
	r := newRoot(t, "rpm.tar", append(rpms(t, packages(t)), rpms(t, older(t))...)...)
	// Fedora's package filesystem has these.
	r.run(t, "mkdir", "-p", "/usr/share/licenses", "/usr/share/bash-completion/completions", "/usr/share/zsh/site-functions", "/usr/share/fish/vendor_completions.d")
	before := r.files(t)
	r.dnf(t, "install", "gobind-0.0.9-*.rpm", "gobind-authbind-0.0.9-*.rpm")
	r.run(t, "rpm", "-V", "gobind", "gobind-authbind")
	for _, port := range []string{"80", "81", "82"} {
		r.run(t, "install", "-o", "alice", "-m", "500", "/dev/null", "/etc/gobind/byport/"+port)
	}
	r.bind(t, "80", "errno 13")
	r.bind(t, "80", "bound", "gobind")
	r.bind(t, "80", "bound", "authbind", "--deep")
	r.bind(t, "443", "errno 13", "gobind")

	d := r.start(t, "gobind")
	d.bind("80", "bound")
	old := helpers(t, r)
	r.dnf(t, "upgrade", "gobind-0.1*.rpm", "gobind-authbind-0.1*.rpm")
	if said := r.run(t, "gobind", "--version"); !strings.Contains(said, version(t)) {
		t.Errorf("upgraded, gobind is %s", said)
	}
	r.run(t, "rpm", "-V", "gobind", "gobind-authbind")
	d.bind("81", "bound")
	for pid := range old {
		_ = unix.Kill(pid, unix.SIGKILL)
		waitFor(t, "the old helper to end", func() bool { return unix.Kill(pid, 0) != nil })
	}
	d.bind("82", "bound")
	d.end()

	r.dnf(t, "remove", "gobind-authbind", "gobind")
	r.bind(t, "80", "errno 13")
	if said := r.run(t, "rpm", "-qa"); strings.Contains(said, "gobind") {
		t.Errorf("removed, rpm has %s", said)
	}
	after := r.files(t)
	left := slices.DeleteFunc(slices.Sorted(maps.Keys(after)), func(name string) bool {
		return before[name] != "" || strings.HasPrefix(name, "/var/lib/rpm") || strings.HasPrefix(name, "/.rpmdb") || strings.HasPrefix(name, "/var/lib/dnf")
	})
	want := []string{"/etc/gobind", "/etc/gobind/byport", "/etc/gobind/byport/80", "/etc/gobind/byport/81", "/etc/gobind/byport/82"}
	if !slices.Equal(left, want) {
		t.Errorf("removed, it leaves %q, want %q", left, want)
	}
}
