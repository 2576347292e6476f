package main

import (
	"strings"
	"testing"
)

func TestAuthbindArgs(t *testing.T) {
	for _, c := range []struct {
		args, want string // blank-separated; want "help" or "error" for those
	}{
		{"prog", "prog"},
		{"--deep prog --deep", "prog --deep"},
		{"--depth 3 prog", "prog"},
		{"--depth +100 prog", "prog"},
		{"--depth 0 prog", "error"},
		{"--depth 101 prog", "error"},
		{"--depth x prog", "error"},
		{"--depth", "error"},
		{"--depth 3", "error"},
		{"", "error"},
		{"-", "error"},
		{"- --help", "--help"},
		{"-- --help", "help"},
		{"--help prog", "help"},
		{"--depth=2 -h --foo -- prog -x", "prog -x"},
	} {
		argv, help, err := authbindArgs(strings.Fields(c.args))
		got := strings.Join(argv, " ")
		if help {
			got = "help"
		}
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.args, got, c.want)
		}
	}
}
