package main

import (
	"strings"
	"testing"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// The quick run takes every measure, of all peers. What it measures is left
// alone: a time is no test.
func TestQuick(t *testing.T) {
	testenv.RequireRoot(t)
	for _, program := range []string{"authbind", "gcc", "make"} {
		testenv.Require(t, program)
	}
	var out strings.Builder
	if err := run(&out, measures, true); err != nil {
		t.Fatalf("%v, after:\n%s", err, out.String())
	}
	for _, m := range measures {
		_, table, found := strings.Cut(out.String(), "\n"+m.title+" (")
		if !found {
			t.Errorf("no table of %s in:\n%s", m.title, out.String())
		}
		table, _, _ = strings.Cut(table, "\n\n")
		for _, want := range append(rowsOf(m), boundsOf(m)...) {
			if !strings.Contains(table, "\n  "+want+" ") {
				t.Errorf("%s: no line %q in:\n%s", m.title, want, table)
			}
		}
	}
}

// rowsOf names the rows that the table of the measure must have.
func rowsOf(m measure) []string {
	if m.own != nil {
		return m.rows
	}
	var names []string
	for _, p := range m.peers {
		names = append(names, p.name)
	}
	return names
}

// boundsOf names the lines below them.
func boundsOf(m measure) []string {
	var names []string
	for _, b := range m.bounds {
		names = append(names, b.what)
	}
	return names
}
