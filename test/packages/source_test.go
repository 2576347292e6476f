//go:build clean

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gobind/internal/packaging"
	"gobind/internal/testenv"
)

// dpkg-buildpackage makes the same packages as make packages: the same files with the
// same modes; lintian has nothing to say of them or of the source package, and the
// autopkgtest passes on a system where they are installed.
func TestSourceBuild(t *testing.T) {
	work := t.TempDir()
	tree := filepath.Join(work, "gobind")
	script := `mkdir "$2"; tar -C "$1" --exclude=./build --exclude=./.git -cf - . | tar -C "$2" -xf -
tar -C "$2" --exclude=./debian -czf "$2_$3.orig.tar.gz" .
cd "$2" && exec dpkg-buildpackage -d -us -uc` // -d: Go may not be from a package
	cmd := exec.Command("sh", "-ec", script, "sh", testenv.Repo(), tree, packaging.Debian(version(t)))
	cmd.Env = append(os.Environ(), "GOCACHE="+goEnv(t, "GOCACHE"), "GOPATH="+goEnv(t, "GOPATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("dpkg-buildpackage: %v\n%s", err, out)
	}
	lint(t, file(t, work, "*.changes"))
	for _, name := range []string{"gobind", "gobind-authbind"} {
		ours, control := debEntries(t, file(t, packages(t), name+"_*.deb"))
		theirs, debian := debEntries(t, file(t, work, name+"_*.deb"))
		delete(theirs, "/")
		for n, e := range ours {
			if e.kind != '2' && theirs[n].String() != e.String() || theirs[n].link != e.link {
				t.Errorf("%s: %s is %v, and by dpkg-buildpackage %v", name, n, e, theirs[n])
			}
			delete(theirs, n)
		}
		for n := range theirs {
			t.Errorf("%s: only dpkg-buildpackage has %s", name, n)
		}
		for n := range debian {
			if _, ok := control[n]; !ok && n != "/" {
				t.Errorf("%s: dpkg-buildpackage adds %s", name, n)
			}
		}
	}

	r := newRoot(t, "minimal.tar", all(t, work)...)
	r.apt(t, "install", "gobind_*.deb", "gobind-authbind_*.deb")
	output(t, "cp", filepath.Join(tree, "debian/tests/main-job"), filepath.Join(string(r), "packages/main-job"))
	t.Log(r.run(t, "/packages/main-job"))
}
