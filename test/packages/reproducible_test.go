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
// umask, user, time zone, git's configuration and Go's variables differ.
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
}
