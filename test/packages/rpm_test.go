//go:build clean

package packages

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// rpm installs the packages into an empty system, finds them as they should be, and
// erases them again without a rest.
func TestRPM(t *testing.T) {
	dir, root := packages(t), t.TempDir()
	gobind, authbind := file(t, dir, "gobind-[0-9]*.rpm"), file(t, dir, "gobind-authbind-[0-9]*.rpm")
	rpm := func(args ...string) string {
		t.Helper()
		testenv.Require(t, "rpm")
		return output(t, "rpm", append([]string{"--root", root, "--dbpath", "/db", "--define", "_pkgverify_level digest"}, args...)...)
	}
	tree := func() string {
		t.Helper()
		return output(t, "find", root, "!", "-path", root+"/db*", "-not", "-type", "d")
	}
	before := tree()
	if out, err := exec.Command("rpm", "--root", root, "--dbpath", "/db", "-i", authbind).CombinedOutput(); err == nil {
		t.Errorf("gobind-authbind without gobind is installed: %s", out)
	}
	rpm("-i", gobind, authbind)
	for _, p := range []string{"gobind", "gobind-authbind"} {
		rpm("-V", p) // fails if one is not as the package has it
	}
	if mode := output(t, "stat", "-c", "%a %U:%G", filepath.Join(root, "usr/libexec/gobind/gobind-helper")); mode != "4755 root:root\n" {
		t.Errorf("the helper is %s", mode)
	}
	if docs := rpm("-qd", "gobind"); !strings.Contains(docs, "/usr/share/man/man1/gobind.1.gz") {
		t.Errorf("documentation is %s", docs)
	}
	if said := rpm("-q", "--changelog", "gobind"); !strings.Contains(said, "gobind PROGRAM") {
		t.Errorf("the changelog is %s", said)
	}
	rpm("-e", "gobind-authbind", "gobind")
	if after := tree(); after != before {
		t.Errorf("erased, they leave %s", after)
	}
}

// rpmlint has nothing to say but what its configuration gives a reason for.
func TestRpmlint(t *testing.T) {
	dir := packages(t)
	rpmlint(t, file(t, dir, "gobind-[0-9]*.rpm"), file(t, dir, "gobind-authbind-[0-9]*.rpm"))
}

func rpmlint(t *testing.T, rpms ...string) {
	t.Helper()
	config := filepath.Join(testenv.Repo(), "etc/packages/rpmlint.toml")
	out, err := exec.Command(testenv.Require(t, "rpmlint"), append([]string{"-c", config}, rpms...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), ": W: ") || strings.Contains(string(out), ": E: ") {
		t.Errorf("rpmlint: %v\n%s", err, out)
	}
}
