package reproducible

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// checkout copies the source tree, without what was built and without history, to a
// directory of that name.
func checkout(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := `tar -C "$1" --exclude=./build --exclude=./.git -cf - . | tar -C "$2" -xf -`
	if out, err := exec.Command("sh", "-c", script, "sh", testenv.Repo(), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// build runs make build there, with the variables and after the commands, and
// returns the programs by name.
func build(t *testing.T, dir, before string, env ...string) map[string][]byte {
	t.Helper()
	cmd := exec.Command("sh", "-c", before+"\nexec make -s build")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "build"))
	if err != nil {
		t.Fatal(err)
	}
	programs := map[string][]byte{}
	for _, e := range entries {
		if programs[e.Name()], err = os.ReadFile(filepath.Join(dir, "build", e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return programs
}

// Two builds are the same bytes, though directory, home, user name, umask, time
// zone, locale and stray variables differ, and in make test-failures the cache of
// compiled packages, which is empty then.
func TestTwoBuilds(t *testing.T) {
	caches, err := exec.Command("go", "env", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	modcache, cache, _ := strings.Cut(strings.TrimSpace(string(caches)), "\n")
	if kit.Failures.Full() { // the standard library takes minutes
		cache = t.TempDir()
	}
	here, there := checkout(t, "one"), checkout(t, "another-directory")
	first := build(t, here, "umask 022")
	second := build(t, there, "umask 077; git init -q . 2>/dev/null",
		"GOCACHE="+cache, "GOMODCACHE="+modcache, "HOME="+t.TempDir(),
		"USER=somebody", "LOGNAME=somebody", "TZ=Pacific/Auckland", "LANG=C", "LC_ALL=C", "GOFLAGS=-v", "SOURCE_DATE_EPOCH=1", "CGO_CFLAGS=-g")
	if len(first) < 3 || len(first) != len(second) {
		t.Fatalf("%d programs and %d", len(first), len(second))
	}
	for name, program := range first {
		if !bytes.Equal(program, second[name]) {
			t.Errorf("%s differs: %x, %x", name, sha256.Sum256(program), sha256.Sum256(second[name]))
		}
		says(t, name, program, here, testenv.Repo(), os.Getenv("HOME")+"/")
	}
}

// says checks what a program tells of its build: how, and nothing of where.
func says(t *testing.T, name string, program []byte, where ...string) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
		if strings.HasPrefix(s.Key, "vcs") {
			t.Errorf("%s: %s=%s", name, s.Key, s.Value)
		}
	}
	if settings["-trimpath"] != "true" || settings["CGO_ENABLED"] != "0" {
		t.Errorf("%s: %v", name, settings)
	}
	for _, path := range where {
		if len(path) > 2 && bytes.Contains(program, []byte(path)) {
			t.Errorf("%s holds the path %s", name, path)
		}
	}
	if bytes.Contains(program, []byte("\xff Go build ID: \"")) && !bytes.Contains(program, []byte("\xff Go build ID: \"\"")) {
		t.Errorf("%s has a build id", name)
	}
}
