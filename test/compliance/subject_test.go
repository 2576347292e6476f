package compliance

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gobind/internal/testenv"
)

// A subject is one of the two programs under test.
type subject struct {
	name     string // ours or theirs
	authbind string // the wrapper's path
}

// subjects are those that GOBIND_UNDER_TEST asks for.
func subjects(t *testing.T) []subject {
	t.Helper()
	which := os.Getenv("GOBIND_UNDER_TEST")
	var list []subject
	switch which {
	case "", "ours", "theirs":
	default:
		t.Fatalf("GOBIND_UNDER_TEST=%s: want ours or theirs", which)
	}
	if which != "ours" {
		list = append(list, subject{"theirs", testenv.Require(t, "authbind")})
	}
	if which != "theirs" {
		list = append(list, subject{"ours", testenv.Install(t).Authbind()})
	}
	return list
}

// buildPrograms compiles the probe into the world and returns the names that
// cases have for it: a dynamically linked one, which authbind needs, and a
// static one.
func buildPrograms(t *testing.T) map[string]string {
	t.Helper()
	sources, err := filepath.Glob("testdata/probe/*.c")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"probe":  compile(t, "probe", sources),
		"static": compile(t, "probe-static", append(sources, "-static")),
	}
}

func compile(t *testing.T, name string, args []string) string {
	t.Helper()
	path := filepath.Join(testenv.Dir(), name)
	args = append([]string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", path}, args...)
	if out, err := exec.Command(testenv.Require(t, "gcc"), args...).CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", name, err, out)
	}
	return path
}
