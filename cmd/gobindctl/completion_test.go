package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/completion"
	"gobind/internal/testenv"
)

// The completions in etc/completion, and the manual page, have every command and
// option, and no other.
func TestCompletion(t *testing.T) {
	parser, err := newParser(&cli{}, os.Stdout, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	p := completion.Of(parser.Model)
	if err := completion.Check(filepath.Join(testenv.Repo(), "etc/completion"), p, os.Getenv("UPDATE") != ""); err != nil {
		t.Error(err)
	}
	file := filepath.Join(testenv.Repo(), "man/gobindctl.8")
	if err := completion.Page(file, p); err != nil {
		t.Error(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Commands {
		if !strings.Contains(string(page), ".Ss "+c.Name+"\n") {
			t.Errorf("gobindctl(8) has no section on %s", c.Name)
		}
	}
}
