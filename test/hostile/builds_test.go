package hostile

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// static is the linker flag for a program with cgo that has no loader all the same.
const static = "-ldflags=-linkmode=external -extldflags=-static"

// badBuilds are ways to build the helper that would let its caller's environment into
// it, and what the check says of each.
var badBuilds = map[string]struct {
	env  string
	args []string
	says string
	slow bool // it needs the standard library anew
}{
	"PIE":          {"CGO_ENABLED=0", []string{"-buildmode=pie"}, "PT_INTERP", false},
	"cover":        {"CGO_ENABLED=0", []string{"-cover"}, "built with -cover", false},
	"cgo":          {"CGO_ENABLED=1", []string{static}, "not built with CGO_ENABLED=0", false},
	"race":         {"CGO_ENABLED=1", []string{"-race"}, "PT_INTERP", false},
	"race, static": {"CGO_ENABLED=1", []string{"-race", static}, "not built with CGO_ENABLED=0", true},
	"asan":         {"CGO_ENABLED=1", []string{"-asan"}, "PT_INTERP", true},
}

// H0: a helper with cgo, with instrumentation or with a loader does not pass the check
// that every build goes through (make static). The list of what it is made of is
// checked beside it, in cmd/gobind-helper.
func TestH0Builds(t *testing.T) {
	testenv.Require(t, "gcc")
	dir := t.TempDir()
	for name, b := range badBuilds {
		if b.slow && !kit.Hostile.Full() {
			continue
		}
		binary := filepath.Join(dir, "helper")
		cmd := exec.Command("go", append(append([]string{"build", "-o", binary}, b.args...), "./cmd/gobind-helper")...)
		cmd.Dir, cmd.Env = testenv.Repo(), append(os.Environ(), "GOFLAGS=-buildvcs=false", b.env)
		kit.MustRun(t, cmd)
		out, err := exec.Command(filepath.Join(testenv.Repo(), "scripts/check-static"), "go", binary).CombinedOutput()
		if err == nil || !strings.Contains(string(out), b.says) {
			t.Errorf("%s: %v, %q, want %q", name, err, out, b.says)
		}
	}
	good := testenv.Install(t).Helper()
	if out, err := exec.Command(filepath.Join(testenv.Repo(), "scripts/check-static"), "go", good).CombinedOutput(); err != nil {
		t.Errorf("the one that is installed: %v, %s", err, out)
	}
}

// H0: a helper that was linked without its entry point has an environment when the
// runtime starts, and refuses to serve.
func TestH0NoEntryPoint(t *testing.T) {
	binary := filepath.Join(kit.DirOf(t, testenv.Alice), "helper")
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/gobind-helper")
	cmd.Dir, cmd.Env = testenv.Repo(), append(os.Environ(), "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0")
	kit.MustRun(t, cmd)
	kit.MustRun(t, exec.Command("chmod", "4755", binary))
	p, _ := called(t, testenv.Alice, func(cmd *exec.Cmd) { cmd.Path = binary })
	refusesToServe(t, "no entry point", p)
}
