package packages

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// No format has a maintainer script, trigger or configuration file: nothing runs as
// root when a package comes or goes.
func TestNoScripts(t *testing.T) {
	dir := packages(t)
	for _, name := range []string{"gobind", "gobind-authbind"} {
		_, control := debEntries(t, file(t, dir, name+"_*.deb"))
		for n := range control {
			if n != "/" && n != "/control" && n != "/md5sums" {
				t.Errorf("%s deb: has %s", name, n)
			}
		}
		_, control = apkEntries(t, file(t, dir, name+"_*.apk"))
		for n := range control {
			if n != "/.PKGINFO" {
				t.Errorf("%s apk: has %s", name, n)
			}
		}
		testenv.Require(t, "rpm")
		rpm := file(t, dir, name+"-[0-9]*.rpm")
		for _, flag := range []string{"--scripts", "--triggers", "--filetriggers", "--configfiles"} {
			if out := output(t, "rpm", "-qp", flag, rpm); strings.TrimSpace(out) != "" {
				t.Errorf("%s rpm %s: %s", name, flag, out)
			}
		}
	}
}

// The packages say what they need and what they take the place of.
func TestRelations(t *testing.T) {
	dir := packages(t)
	fields := func(file string) string { return output(t, "dpkg-deb", "-f", file) }
	gobind := fields(file(t, dir, "gobind_*.deb"))
	for _, lacking := range []string{"\nDepends:", "\nPre-Depends:"} { // static, and no libseccomp: the filter is built in
		if strings.Contains("\n"+gobind, lacking) {
			t.Errorf("the deb of gobind has %q:\n%s", lacking, gobind)
		}
	}
	_, version, _ := strings.Cut(gobind, "\nVersion: ")
	version, _, _ = strings.Cut(version, "\n")
	authbind := fields(file(t, dir, "gobind-authbind_*.deb"))
	for _, line := range []string{"Depends: gobind (>= " + version + "), gobind (<< " + version + ".1~)", "Provides: authbind", "Conflicts: authbind", "Replaces: authbind", "Architecture: all"} {
		if !slices.Contains(strings.Split(authbind, "\n"), line) {
			t.Errorf("the deb of gobind-authbind lacks %q:\n%s", line, authbind)
		}
	}
	for name, want := range map[string][]string{"gobind": nil, "gobind-authbind": {"gobind = " + version}} {
		var needs []string
		for line := range strings.Lines(output(t, testenv.Require(t, "rpm"), "-qp", "--requires", file(t, dir, name+"-[0-9]*.rpm"))) {
			if !strings.HasPrefix(line, "rpmlib(") {
				needs = append(needs, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(needs, want) {
			t.Errorf("the rpm of %s needs %q, want %q", name, needs, want)
		}
		if provided := output(t, "rpm", "-qp", "--provides", file(t, dir, name+"-[0-9]*.rpm")); name == "gobind" && !strings.Contains(provided, "\nbundled(golang(golang.org/x/sys)) = 0.") {
			t.Errorf("the rpm does not say what is linked in:\n%s", provided)
		}
	}
	if got := output(t, "rpm", "-qp", "--qf", "%{SUMMARY}|%{DESCRIPTION}", file(t, dir, "gobind-authbind-[0-9]*.rpm")); !strings.HasPrefix(got, "Gobind in place of authbind|gobind under authbind's name: ") {
		t.Errorf("the rpm of gobind-authbind says of itself %q", got)
	}
}

// lintian has nothing to say, but for what the overrides give a reason for.
func TestLintian(t *testing.T) {
	dir := packages(t)
	lint(t, file(t, dir, "gobind_*.deb"), file(t, dir, "gobind-authbind_*.deb"))
}

// lint wants lintian to have nothing to say of packages, however little it matters.
func lint(t *testing.T, packages ...string) {
	t.Helper()
	lintian(t, append([]string{"--fail-on", "error,warning,info,pedantic", "--pedantic", "--display-info"}, packages...)...)
}

// lintian runs it; it must say nothing.
func lintian(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(testenv.Require(t, "lintian"), append([]string{"--allow-root", "--tag-display-limit", "0"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("lintian: %v\n%s", err, out)
	}
}
