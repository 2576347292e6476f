package mutation

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// A mutation takes one defence out.
type mutation struct {
	row, name string
	file      string
	old, new  string // text that is in the file once, and what takes its place
	test      string // of test/hostile, or of the package before the colon
	quick     bool   // made in every run of the tests; the others by make test-mutations
	arch      string // empty for all
}

// place is the package and the name of the mutation's test.
func (m *mutation) place() (string, string) {
	if dir, name, ok := strings.Cut(m.test, ":"); ok {
		return "./" + dir, name
	}
	return "./test/hostile", m.test
}

// wanted are the mutations of this run. GOBIND_MUTATIONS is all, or a text that is in
// the row, the name or the test of those that are meant.
func wanted() []mutation {
	var some []mutation
	which := os.Getenv("GOBIND_MUTATIONS")
	for _, m := range table {
		meant := which != "" && strings.Contains(m.row+" "+m.name+" "+m.test, which)
		if (m.quick || which == "all" || meant) && (which == "" || which == "all" || meant) && (m.arch == "" || m.arch == runtime.GOARCH) {
			some = append(some, m)
		}
	}
	return some
}

// Every mutation of the table has a line of the source to change, and is made by name
// once.
func TestMutationsApply(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range table {
		if seen[m.name] {
			t.Errorf("%s is there twice", m.name)
		}
		seen[m.name] = true
		text, err := os.ReadFile(filepath.Join(testenv.Repo(), m.file))
		if n := strings.Count(string(text), m.old); err != nil || n != 1 || m.old == m.new {
			t.Errorf("%s %s: %q is %d times in %s, not once: %v", m.row, m.name, m.old, n, m.file, err)
		}
	}
}

// What passes with the defence fails without it.
func TestMutationsAreFound(t *testing.T) {
	if os.Getuid() != 0 {
		testenv.Skip(t, "needs root, as the tests do that it runs")
	}
	dir := copyOf(t, testenv.Repo())
	mutations := wanted()
	sound(t, dir, mutations)
	for _, m := range mutations {
		t.Run(m.row+" "+m.name, func(t *testing.T) { m.found(t, dir) })
	}
}

// sound checks that the tests pass on the copy as it is.
func sound(t *testing.T, dir string, mutations []mutation) {
	t.Helper()
	tests := map[string][]string{}
	for _, m := range mutations {
		where, name := m.place()
		tests[where] = append(tests[where], name)
	}
	for where, names := range tests {
		if out, err := runTest(dir, where, strings.Join(names, "|")); err != nil {
			t.Fatalf("without a mutation %v: %v\n%s", names, err, out)
		}
	}
}

// found makes the mutation in the copy and takes it back.
func (m *mutation) found(t *testing.T, dir string) {
	file := filepath.Join(dir, m.file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), m.old) != 1 {
		t.Fatalf("%s has not exactly one %q", m.file, m.old)
	}
	write(t, file, strings.Replace(string(text), m.old, m.new, 1))
	defer write(t, file, string(text))
	build := exec.Command("go", "build", "-trimpath", "./cmd/...")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("it does not compile: %s", out)
	}
	where, name := m.place()
	out, err := runTest(dir, where, name)
	switch {
	case err == nil:
		t.Errorf("%s passes without the defence: %s", name, m.name)
	case !strings.Contains(out, "--- FAIL: "+name):
		t.Errorf("%s does not run: %v\n%s", name, err, out)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { // one that is there keeps its mode
		t.Fatal(err)
	}
}

// runTest runs the named tests of a package of the copy.
func runTest(dir, where, name string) (string, error) {
	cmd := exec.Command("go", "test", "-trimpath", "-count=1", "-timeout=20m", "-run=^("+name+")$", where)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copyOf copies the module without what was built, and without its history.
func copyOf(t *testing.T, repo string) string {
	t.Helper()
	dir := t.TempDir()
	for _, above := range []string{dir, filepath.Dir(dir)} { // the users of the tests read their programs
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(repo, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(repo, path)
		switch {
		case err != nil:
			return err
		case name == "build" || name == ".git":
			return skip(entry)
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), text, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// skip passes over a file, or a directory and all that is in it.
func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}
