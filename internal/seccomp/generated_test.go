package seccomp

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/internal/testenv"
)

// The filters that are checked in are what libseccomp makes of the rules.
func TestFiltersAreGenerated(t *testing.T) {
	testenv.Require(t, "gcc")
	dir := t.TempDir()
	gen := filepath.Join(dir, "gen")
	if out, err := exec.Command("go", "build", "-o", gen, "./gen").CombinedOutput(); err != nil {
		t.Fatalf("build gen (libseccomp-dev needed): %v\n%s", err, out)
	}
	cmd := exec.Command(gen, "amd64", "arm64")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gen: %v\n%s", err, out)
	}
	for _, name := range []string{"filter_amd64.go", "filter_arm64.go"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: run go generate (-generated +checked in):\n%s", name, diff)
		}
	}
}
