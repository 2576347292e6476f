package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/completion"
	"gobind/internal/testenv"
)

// The completions in etc/completion have every option, and so has the manual page, and
// no other.
func TestCompletion(t *testing.T) {
	p := completion.Program{Name: "gobind", Runs: true}
	for _, o := range options {
		help := strings.TrimSuffix(o.help, ".")
		p.Flags = append(p.Flags, completion.Flag{Name: o.name, Short: o.short, Help: help, Values: o.values, Kind: o.arg})
	}
	if err := completion.Check(filepath.Join(testenv.Repo(), "etc/completion"), p, os.Getenv("UPDATE") != ""); err != nil {
		t.Error(err)
	}
	if err := completion.Page(filepath.Join(testenv.Repo(), "man/gobind.1"), p); err != nil {
		t.Error(err)
	}
}
