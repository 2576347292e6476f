package main

import (
	"os"
	"path/filepath"
	"testing"

	"gobind/internal/completion"
	"gobind/internal/testenv"
)

// The completions in etc/completion have every option.
func TestCompletion(t *testing.T) {
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	p := completion.Of(parser.Model)
	if err := completion.Check(filepath.Join(testenv.Repo(), "etc/completion"), p, os.Getenv("UPDATE") != ""); err != nil {
		t.Error(err)
	}
}
