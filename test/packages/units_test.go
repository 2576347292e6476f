package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// units are those that the Makefile says come with gobind.
func units(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testenv.Repo(), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "\nUNITS ")
	list, _, _ = strings.Cut(strings.ReplaceAll(list, "\\\n", ""), "\n")
	names := strings.Fields(strings.TrimLeft(list, " ="))
	if len(names) < 4 {
		t.Fatalf("the Makefile has UNITS %q", list)
	}
	return names
}

// Each unit that comes with gobind is in deb and rpm where systemd looks, and not
// enabled by them; it is no sample as well. apk has none: Alpine has no systemd.
func TestUnits(t *testing.T) {
	want := units(t)
	for format, files := range formats(t, "gobind") {
		var got []string
		for name, e := range files {
			unit, found := strings.CutPrefix(name, "/usr/lib/systemd/system/")
			switch {
			case found:
				got = append(got, unit)
			case strings.Contains(name, "/systemd/") && slices.Contains(want, filepath.Base(name)), strings.HasPrefix(name, "/etc/systemd"):
				t.Errorf("%s: has %s", format, name)
			}
			if found && strings.Contains(string(e.text), "/usr/local") {
				t.Errorf("%s: %s speaks of /usr/local", format, unit)
			}
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(want)); format == "apk" && len(got) > 0 || format != "apk" && !slices.Equal(got, want) {
			t.Errorf("%s: units %q, want %q", format, got, want)
		}
	}
}

// systemd finds nothing wrong with the units, where the package has its programs.
func TestUnitsVerify(t *testing.T) {
	root := t.TempDir()
	output(t, "dpkg-deb", "-x", file(t, packages(t), "gobind_*.deb"), root)
	for _, target := range []string{"sysinit", "shutdown", "basic", "network", "network-pre", "local-fs", "sockets", "multi-user"} {
		put(t, filepath.Join(root, "usr/lib/systemd/system", target+".target"), "[Unit]\nDescription="+target+"\n")
	}
	args := []string{"verify", "--man=no", "--root=" + root}
	for _, unit := range units(t) {
		args = append(args, strings.Replace(unit, "@.", "@1.", 1))
	}
	out, err := exec.Command(testenv.Require(t, "systemd-analyze"), args...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze %q: %v\n%s", args, err, out)
	}
}

// make install puts its own paths into the units and samples, and make uninstall
// leaves no file of all that make install brought.
func TestUninstall(t *testing.T) {
	root := t.TempDir()
	run := func(target string) {
		t.Helper()
		// The programs are taken as they are: their paths are not what is looked at.
		cmd := exec.Command("make", "-s", "-o", "build", target, "DESTDIR="+root, "PREFIX=/opt/x", "SYSCONFDIR=/opt/etc", "RUNDIR=/opt/run", "GIVE=:",
			"BUILD="+filepath.Join(testenv.Dir(), "installed"))
		cmd.Dir = testenv.Repo()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, out)
		}
	}
	installed(t)
	run("install")
	for _, unit := range units(t) {
		text, err := os.ReadFile(filepath.Join(root, "opt/x/lib/systemd/system", unit))
		if err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(string(text)) {
			for _, path := range []string{"/usr/local", " /etc/gobind", "=/etc/gobind", "=/etc/authbind"} {
				if strings.Contains(line, path) {
					t.Errorf("%s: %s", unit, line)
				}
			}
		}
		if !strings.Contains(string(text), "/opt/") {
			t.Errorf("%s does not speak of the paths that it was given", unit)
		}
	}
	policy := filepath.Join(root, "opt/etc/gobind/byport/80")
	put(t, policy, "")
	run("uninstall")
	if left := output(t, "find", root, "-not", "-type", "d"); left != policy+"\n" {
		t.Errorf("make uninstall leaves %s", left)
	}
}
