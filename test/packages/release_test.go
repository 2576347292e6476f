package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// next is the version that is released for a try.
const next = "77.1.0"

// notes are what its changelog says of it.
const notes = "### Added\n\n- What is only in this release,\n  on two lines.\n"

// checkout is a repository of this source tree with one commit of version next; the
// commit has no tag.
func checkout(t *testing.T) string {
	t.Helper()
	testenv.RequireRoot(t) // and thereby a world
	testenv.Require(t, "git")
	tree := t.TempDir()
	output(t, "sh", "-ec", `tar -C "$1" --exclude=./build --exclude=./.git -cf - . | tar -C "$2" -xf -`, "sh", testenv.Repo(), tree)
	edit(t, tree, "VERSION", func(string) string { return next + "\n" })
	edit(t, tree, "CHANGELOG.md", func(old string) string {
		return strings.Replace(old, "## [Unreleased]\n", "## [Unreleased]\n\n## ["+next+"] - 2026-11-24\n\n"+notes+"\n## [77.0.0] - 2026-11-23\n", 1)
	})
	edit(t, tree, "debian/changelog", func(old string) string { return "gobind (" + next + "-1)" + old[strings.Index(old, ") ")+1:] })
	git(t, tree, "init", "-q")
	commit(t, tree)
	return tree
}

// edit changes a file of a tree.
func edit(t *testing.T, tree, name string, change func(old string) string) {
	t.Helper()
	file := filepath.Join(tree, name)
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	put(t, file, change(string(old)))
}

// git runs git as somebody, on one day, and without the machine's own configuration.
func git(t *testing.T, tree string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", tree, "-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_DATE=2026-11-24T12:00:00Z", "GIT_COMMITTER_DATE=2026-11-24T12:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// commit commits all that the tree has.
func commit(t *testing.T, tree string) {
	t.Helper()
	git(t, tree, "add", "-A")
	git(t, tree, "commit", "-q", "-m", "tree: as it is")
}

// release runs make release in a tree, with nfpm as this tree has it.
func release(tree, out, arches string) ([]byte, error) {
	args := command(arches)
	cmd := exec.Command("scripts/release", append([]string{"go", args[0], out}, args[1:]...)...)
	cmd.Dir = tree
	return cmd.CombinedOutput()
}

// command are the arguments of scripts/release: nfpm, and the architectures.
func command(arches string) []string {
	return append([]string{filepath.Join(testenv.Repo(), "build/tools/nfpm")}, strings.Fields(arches)...)
}

// What is not committed, not tagged, or not of one version is not released, and
// leaves nothing behind.
func TestReleaseRefused(t *testing.T) {
	tree := checkout(t)
	out := filepath.Join(t.TempDir(), "release")
	refused := func(want string) {
		t.Helper()
		said, err := release(tree, out, runtime.GOARCH)
		if err == nil || !strings.Contains(string(said), "release: "+want) || !strings.Contains(string(said), "\nhint: ") {
			t.Errorf("release: %v\n%s\nwant %s", err, said, want)
		}
		if exists(out) {
			t.Errorf("%s is there", out)
		}
	}
	refused("the commit that is checked out has no tag")
	git(t, tree, "tag", "v77.0.0")
	refused(`the tag is "v77.0.0", and VERSION is 77.1.0`)
	git(t, tree, "tag", "-a", "-m", "x", "v"+next)
	edit(t, tree, "README.md", func(old string) string { return old + "\n" })
	refused("the tree has what is not committed")
	commit(t, tree)
	refused("the commit that is checked out has no tag")
	git(t, tree, "tag", "-f", "v"+next)
	output(t, "touch", filepath.Join(tree, "another"))
	refused("the tree has what is not committed")
	edit(t, tree, "CHANGELOG.md", func(old string) string {
		return strings.Replace(old, "## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1)
	})
	commit(t, tree)
	git(t, tree, "tag", "-f", "v"+next)
	refused("CHANGELOG.md has changes that are [Unreleased]")
}

// A tag becomes all that a release has, whose sums are right; the packages are those
// of make packages, the source is the tag's, the programs are of that version.
func TestRelease(t *testing.T) {
	tree := checkout(t)
	git(t, tree, "tag", "-a", "-m", "x", "v"+next)
	out := filepath.Join(testenv.Dir(), "release")
	if said, err := release(tree, out, runtime.GOARCH); err != nil {
		t.Fatalf("release: %v\n%s", err, said)
	}
	name := "gobind-" + next
	dist := name + "-linux-" + runtime.GOARCH
	rpmArch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	want := []string{
		"RELEASE-NOTES.md", "SHA256SUMS", name + ".tar.gz", dist + ".tar.gz", dist + ".spdx.json",
		"gobind_" + next + "-1_" + runtime.GOARCH + ".deb", name + "-1." + rpmArch + ".rpm", "gobind_" + next + "-r1_" + rpmArch + ".apk",
		"gobind-authbind_" + next + "-1_all.deb", "gobind-authbind-" + next + "-1.noarch.rpm", "gobind-authbind_" + next + "-r1_noarch.apk",
	}
	slices.Sort(want)
	var got []string
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}
	if sums := output(t, "sh", "-c", `cd "$1" && sha256sum --strict -c SHA256SUMS`, "sh", out); strings.Count(sums, ": OK\n") != len(got)-1 {
		t.Errorf("SHA256SUMS: %s", sums)
	}
	if text, err := os.ReadFile(filepath.Join(out, "RELEASE-NOTES.md")); err != nil || string(text) != "# gobind "+next+"\n\n"+notes {
		t.Errorf("the notes are %q (%v)", text, err)
	}
	if tree := untar(t, filepath.Join(out, name+".tar.gz")); len(tree["/"+name+"/debian/rules"].text) == 0 || string(tree["/"+name+"/VERSION"].text) != next+"\n" {
		t.Errorf("the source is no source: %d files", len(tree))
	}
	programs(t, untar(t, filepath.Join(out, dist+".tar.gz")), "/"+dist)
}

// programs looks at the archive of the programs: make install's tree, one file setuid.
func programs(t *testing.T, files map[string]entry, root string) {
	t.Helper()
	for name, e := range files {
		want := int64(0o644)
		switch {
		case name == root+"/usr/local/libexec/gobind/gobind-helper":
			want = 0o4755
		case e.kind == tar.TypeDir, strings.Contains(name, "bin/"), strings.Contains(name, "/libexec/"):
			want = 0o755
		}
		if e.owner != "root" || e.group != "root" || e.kind != tar.TypeSymlink && e.mode != want {
			t.Errorf("%s is %v, want %04o root:root", name, e, want)
		}
	}
	for name, has := range map[string]string{
		"bin/gobind": next, "sbin/gobindctl": next,
		"libexec/gobind/gobind-supervisor": "/usr/local/libexec/gobind/gobind-helper", "libexec/gobind/gobind-helper": "/etc/gobind",
	} {
		if !bytes.Contains(files[root+"/usr/local/"+name].text, []byte(has)) {
			t.Errorf("%s is not of version %s for /usr/local", name, next)
		}
	}
	for _, name := range []string{"LICENSE", "copyright", "gobind.spdx.json", "CHANGELOG.md"} {
		if len(files[root+"/usr/local/share/doc/gobind/"+name].text) == 0 {
			t.Errorf("the programs come without %s", name)
		}
	}
}

// untar reads a compressed tar archive.
func untar(t *testing.T, file string) map[string]entry {
	t.Helper()
	packed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	return tarEntries(t, r)
}
