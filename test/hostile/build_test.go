package hostile

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// H0: make check refuses a helper with cgo, a loader or instrumentation, which takes
// orders from its caller's environment. Its dependencies: TestDependencies of
// cmd/gobind-helper.
func TestH0Builds(t *testing.T) {
	testenv.RequireRoot(t)
	check := filepath.Join(testenv.Repo(), "scripts/check-static")
	goCommand := testenv.Require(t, "go")
	for name, c := range map[string]struct {
		env  string
		args []string
		want string
	}{
		"as it is": {"CGO_ENABLED=0", nil, ""},
		"race":     {"CGO_ENABLED=1", []string{"-race"}, "PT_INTERP"},
		"cover":    {"CGO_ENABLED=0", []string{"-cover"}, "-cover"},
		"pie":      {"CGO_ENABLED=0", []string{"-buildmode=pie"}, "PT_INTERP"},
		"cgo":      {"CGO_ENABLED=1", nil, "CGO_ENABLED=0"},
	} {
		binary := filepath.Join(t.TempDir(), "helper")
		build := exec.Command(goCommand, append([]string{"build", "-trimpath", "-buildvcs=false", "-o", binary}, append(c.args, "./cmd/gobind-helper")...)...)
		build.Dir = testenv.Repo()
		build.Env = append(build.Environ(), c.env)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		out, err := exec.Command(check, goCommand, binary).CombinedOutput()
		if refused := err != nil; refused != (c.want != "") || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}
