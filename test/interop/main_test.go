package interop

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// few are the programs that make test runs. They need nothing that other tests do
// not need.
const few = "busybox-httpd,node-cluster,python-http"

// Every program answers on its privileged port under gobind, in both launch modes, and
// where the kernel itself goes by policy, and none does without. What is known of authbind is still so.
func TestPrograms(t *testing.T) {
	testenv.RequireRoot(t)
	prepareWorld(t)
	mountBPF(t)
	served := map[*program]map[string]bool{}
	chosen := choose(t, os.Getenv("GOBIND_INTEROP"))
	for _, p := range chosen {
		t.Run(p.name, func(t *testing.T) { served[p] = p.test(t) })
	}
	if file := os.Getenv("GOBIND_INTEROP_TABLE"); file != "" {
		kit.Write(t, file, table(chosen, func(p *program) map[string]bool { return served[p] }))
	}
}

// docs/interop.md has the table as make interop prints it when all is as expected.
func TestDocumented(t *testing.T) {
	docs := kit.Contents(filepath.Join(testenv.Repo(), "docs/interop.md"))
	want := table(choose(t, "all"), (*program).expected)
	if !strings.Contains(docs, want) {
		t.Errorf("docs/interop.md lacks this table, or has another:\n%s", want)
	}
}

// choose returns the programs that are named: few of them, if none is.
func choose(t *testing.T, names string) []*program {
	t.Helper()
	files, err := filepath.Glob("programs/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs:", err)
	}
	if names == "" {
		names = few
	}
	wanted := strings.Split(names, ",")
	var chosen []*program
	for _, file := range files {
		p, err := parse(file)
		if err != nil {
			t.Fatal(err)
		}
		if names == "all" || slices.Contains(wanted, p.name) {
			chosen = append(chosen, p)
		}
	}
	slices.SortFunc(chosen, func(a, b *program) int { return strings.Compare(a.name, b.name) })
	if names != "all" && len(chosen) != len(wanted) {
		t.Fatalf("of %q there are only %d in programs", names, len(chosen))
	}
	return chosen
}
