package packages

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"gobind/internal/testenv"
)

// date is the SOURCE_DATE_EPOCH of the packages that are looked at.
const date = "1790000000"

// build makes the packages for this machine's architecture, of that version, in a
// directory of that name, with more variables of the environment.
func build(t *testing.T, name, version string, env ...string) string {
	t.Helper()
	testenv.RequireRoot(t) // and thereby a world
	dir := filepath.Join(testenv.Dir(), name)
	cmd := exec.Command("sh", "-c", `umask ${MASK:-022}; exec make -s packages "$@"`, "sh",
		"PACKAGES="+dir, "ARCHES="+runtime.GOARCH, "VERSION="+version)
	cmd.Dir = testenv.Repo()
	cmd.Env = append(append(os.Environ(), "SOURCE_DATE_EPOCH="+date), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make packages: %v\n%s", err, out)
	}
	return dir
}

// version is the one that the source tree has.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testenv.Repo(), "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}

var once sync.Once

// packages are those of this version, built once.
func packages(t *testing.T) string {
	t.Helper()
	once.Do(func() { build(t, "packages", version(t)) })
	return filepath.Join(testenv.Dir(), "packages")
}

// file is the one package in a directory that the pattern matches.
func file(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %d packages match %s (%v)", dir, len(found), pattern, err)
	}
	return found[0]
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// put writes a file.
func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// output runs a command, which must succeed, and returns what it says.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, stderr.String())
	}
	return string(out)
}

// Two builds are the same bytes, though directory, umask, home, user name, time zone
// and locale differ.
func TestSameBytes(t *testing.T) {
	first := packages(t)
	second := build(t, "another-directory", version(t), "MASK=077", "HOME="+t.TempDir(),
		"GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOCACHE="+goEnv(t, "GOCACHE"),
		"USER=somebody", "LOGNAME=somebody", "TZ=Pacific/Auckland", "LC_ALL=C.UTF-8", "GZIP_OPT=-1")
	entries, err := os.ReadDir(first)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 6 {
		t.Errorf("%d files, want deb, rpm and apk of two packages", len(entries))
	}
	for _, e := range entries {
		one, err := os.ReadFile(filepath.Join(first, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(filepath.Join(second, e.Name()))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(one, two) {
			t.Errorf("%s: two builds differ", e.Name())
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	return string(bytes.TrimSpace([]byte(output(t, "go", "env", name))))
}
