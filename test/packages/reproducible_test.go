//go:build clean

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A release made twice is the same bytes, for both architectures, though directory,
// umask, user, time zone, git's configuration and Go's variables differ. What it has
// for each is as it should be, whatever machine this is.
func TestReleaseTwice(t *testing.T) {
	one := filepath.Join(t.TempDir(), "one")
	tree := checkout(t)
	git(t, tree, "tag", "v"+next)
	if said, err := release(tree, one, "amd64 arm64"); err != nil {
		t.Fatalf("release: %v\n%s", err, said)
	}
	two := filepath.Join(t.TempDir(), "a", "two")
	tree = checkout(t)
	git(t, tree, "tag", "-a", "-m", "another", "v"+next)
	git(t, tree, "config", "tar.umask", "0077")
	git(t, tree, "config", "core.autocrlf", "true")
	nfpm := command("amd64 arm64")
	cmd := exec.Command("sh", append([]string{"-c", `umask 077; exec scripts/release go "$@"`, "sh", nfpm[0], two}, nfpm[1:]...)...)
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "TZ=Pacific/Auckland", "LC_ALL=C.UTF-8", "USER=somebody", "LOGNAME=somebody",
		"GOAMD64=v3", "MAKEFLAGS=VERSION=9 PREFIX=/opt", "GZIP_OPT=-1", "SOURCE_DATE_EPOCH=1", "TMPDIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("release: %v\n%s", err, out)
	}
	sums := func(dir string) []string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(text), "\n")
	}
	first, second := sums(one), sums(two)
	if len(first) != len(second) || len(first) < 15 {
		t.Fatalf("%q\n%q", first, second)
	}
	for i, line := range first {
		if second[i] != line {
			t.Errorf("%s, and again %s", line, second[i])
		}
	}
	for _, arch := range [][2]string{{"amd64", "x86_64"}, {"arm64", "aarch64"}} {
		deb, rpm := file(t, one, "gobind_*_"+arch[0]+".deb"), file(t, one, "gobind-[0-9]*."+arch[1]+".rpm")
		lintian(t, "--fail-on", "error,warning", deb) // this is no first upload, and an override for that is unused
		rpmlint(t, rpm)
		debFiles, _ := debEntries(t, deb)
		apkFiles, _ := apkEntries(t, file(t, one, "gobind_*_"+arch[1]+".apk"))
		for format, files := range map[string]map[string]entry{"deb": debFiles, "rpm": rpmEntries(t, rpm), "apk": apkFiles} {
			privileged(t, arch[0]+" "+format, files)
			if e := files["/etc/gobind/rules.d"]; e.String() != "5 0755 root:root " {
				t.Errorf("%s %s: rules.d is %s", arch[0], format, e)
			}
		}
	}
}

// privileged looks at the one file of a package that has a privilege.
func privileged(t *testing.T, what string, files map[string]entry) {
	t.Helper()
	for name, e := range files {
		if helper := name == helperFile; e.mode&0o7000 != 0 != helper || helper && e.String() != "0 4755 root:root " {
			t.Errorf("%s: %s is %s", what, name, e)
		}
	}
	if len(files[helperFile].text) == 0 {
		t.Errorf("%s: there is no helper", what)
	}
}
