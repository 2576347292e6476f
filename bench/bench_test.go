package main

import (
	"regexp"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// The quick run takes every measure that is not heavy. What it measures is left
// alone: a time is no test.
func TestQuick(t *testing.T) {
	testenv.RequireRoot(t)
	for _, program := range []string{"authbind", "gcc", "make", "nft", "wrk"} {
		testenv.Require(t, program)
	}
	list := chosen(regexp.MustCompile(""), true)
	var out strings.Builder
	if err := run(&out, list, true); err != nil {
		t.Fatalf("%v, after:\n%s", err, out.String())
	}
	for _, m := range list {
		wantTable(t, out.String(), m)
		if m.second != nil {
			second := *m.second
			second.peers, second.rows, second.own = m.peers, m.rows, m.own
			wantTable(t, out.String(), second)
		}
	}
}

// wantTable looks for the measure's table with all its lines.
func wantTable(t *testing.T, out string, m measure) {
	t.Helper()
	_, table, found := strings.Cut(out, "\n"+m.title+" (")
	if !found {
		t.Errorf("no table of %s in:\n%s", m.title, out)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	for _, want := range append(rowsOf(m), boundsOf(m)...) {
		if !strings.Contains(table, "\n  "+want+" ") {
			t.Errorf("%s: no line %q in:\n%s", m.title, want, table)
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
