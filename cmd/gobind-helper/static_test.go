package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// dependencies are the packages that the setuid helper is made of, beside the
// standard library's. A new one is a decision: see docs/decisions.md.
var dependencies = []string{
	"gobind/cmd/gobind-helper",
	"gobind/helper",
	"gobind/internal/audit",
	"gobind/internal/broker",
	"gobind/internal/names",
	"gobind/internal/policydir",
	"gobind/internal/sys",
	"gobind/policy",
	"golang.org/x/sys/unix",
}

// forbidden are standard packages that a setuid program must not have.
var forbidden = []string{"os/exec", "os/user", "os/signal", "net", "net/http", "log/syslog", "plugin", "runtime/cgo", "text/template"}

func TestDependencies(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	less := func(a, b string) bool { return a < b }
	if diff := cmp.Diff(dependencies, got, cmpopts.SortSlices(less)); diff != "" {
		t.Errorf("dependencies (-listed +found):\n%s", diff)
	}
	cmd = exec.Command("go", "list", "-deps", ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err = cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range forbidden {
		if strings.Contains("\n"+string(out), "\n"+name+"\n") {
			t.Errorf("it depends on %s", name)
		}
	}
}
