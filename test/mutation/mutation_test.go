package mutation

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

func TestMutations(t *testing.T) {
	if os.Getuid() != 0 {
		testenv.Skip(t, "the tests of the attacks need root")
	}
	dir := copyOfSource(t)
	for _, m := range mutations {
		if !m.quick && os.Getenv("GOBIND_MUTATIONS") != "all" || strings.HasSuffix(m.file, "_amd64.s") && runtime.GOARCH != "amd64" {
			continue
		}
		t.Run(m.row+" "+m.test, func(t *testing.T) { mustFail(t, dir, m) })
	}
}

// Every mutation is of text that is there, once, and names a test that is there:
// checked in every run.
func TestMutationsApply(t *testing.T) {
	for _, m := range mutations {
		if n := strings.Count(source(t, testenv.Repo(), m.file), m.old); n != 1 {
			t.Errorf("%s: %q is %d times in %s", m.row, m.old, n, m.file)
		}
		tests, err := filepath.Glob(filepath.Join(testenv.Repo(), m.pkg, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range tests {
			found = found || strings.Contains(source(t, "", file), "func "+m.test+"(")
		}
		if !found {
			t.Errorf("%s: no test %s in %s", m.row, m.test, m.pkg)
		}
	}
}

func source(t *testing.T, dir, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// copyOfSource copies the module.
func copyOfSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := `git -c safe.directory='*' ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf - | tar -C "$0" -xf -`
	cmd := exec.Command("sh", "-c", script, dir)
	cmd.Dir = testenv.Repo()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// mustFail applies the mutation and demands that the copy compiles, and that the
// test fails in it.
func mustFail(t *testing.T, dir string, m mutation) {
	t.Helper()
	path := filepath.Join(dir, m.file)
	before := source(t, dir, m.file)
	after := strings.Replace(before, m.old, m.replacement, 1)
	if after == before {
		t.Fatalf("%q is not in %s", m.old, m.file)
	}
	if err := os.WriteFile(path, []byte(after), 0o644); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
	}()
	if out, err := goCommand(dir, "build", "./cmd/...").CombinedOutput(); err != nil {
		t.Fatalf("it does not compile: %v\n%s", err, out)
	}
	out, err := goCommand(dir, "test", "-count=1", "-timeout=5m", "-run=^"+m.test+"$", m.pkg).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--- FAIL: "+m.test) {
		t.Errorf("%s passes without its defence: %v\n%s", m.test, err, out)
	}
}

func goCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	return cmd
}
