package kernel

import (
	"os/exec"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// Nothing of this package is in the programs that every user runs, nor in the helper.
func TestGobindctlAlone(t *testing.T) {
	for program, want := range map[string]bool{
		"gobind": false, "gobind-supervisor": false, "gobind-helper": false, "gobindctl": true,
	} {
		cmd := exec.Command("go", "list", "-deps", "./cmd/"+program)
		cmd.Dir = testenv.Repo()
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "cilium/ebpf") != want {
			t.Errorf("%s: cilium/ebpf is linked in: %v", program, !want)
		}
	}
}
