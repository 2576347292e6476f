package main

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The program's words are the caller's, byte by byte, whatever options come first.
func TestWordsOfTheProgram(t *testing.T) {
	many := []string{"prog"}
	for i := range 200 {
		many = append(many, strconv.Itoa(i))
	}
	for _, words := range [][]string{
		{"prog"}, {"prog", "--", "-q", "--quiet", "--launch=x", "--help"}, {"prog", ""}, {"prog", "a,b", "a=b", "\x9b", "\xff\xfe"},
		{"\x9bprog", "\n", "\x1b[31m"}, {"prog", "\u20ac", " ", "'", `"`, `\`}, many,
	} {
		for _, options := range [][]string{{"-q"}, {"--quiet", "--launch=parent"}, {"--launch", "inplace", "--deep"}, {"--depth", "3"}} {
			for _, end := range [][]string{nil, {"--"}} {
				var c cli
				args := slices.Concat(options, end, words)
				if status, done := c.parse(args); done || !slices.Equal(c.Command, words) {
					t.Errorf("%.200q: status %d, done %v, program %.200q", args, status, done, c.Command)
				}
			}
		}
	}
}

// Options are taken as getopt_long(3) would take them, up to the program.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		args string // blank-separated
		want cli
		bad  bool
	}{
		{"-q prog", cli{Quiet: true}, false},
		{"-qv prog", cli{Quiet: true, Verbose: true}, false},
		{"--quiet --verbose -- prog", cli{Quiet: true, Verbose: true}, false},
		{"--launch inplace prog", cli{Launch: "inplace"}, false},
		{"--launch=inplace --launch=parent prog", cli{Launch: "parent"}, false},
		{"--listen=tcp:80 --listen a=udp:[::]:53 prog", cli{Listen: []string{"tcp:80", "a=udp:[::]:53"}}, false},
		{"--deep --depth 3 --depth=4 prog", cli{}, false},
		{"--launch=sideways prog", cli{}, true},
		{"--launch= prog", cli{}, true},
		{"--launch", cli{}, true},
		{"--launch -- prog", cli{}, true},
		{"--quiet=yes prog", cli{}, true},
		{"--qui prog", cli{}, true},
		{"--=x prog", cli{}, true},
		{"-qx prog", cli{}, true},
		{"-q", cli{}, true},
		{"--", cli{}, true},
		{"-q --", cli{}, true},
	} {
		var got cli
		status, done := got.parse(strings.Fields(c.args))
		if done != c.bad || done && status != statusOwn {
			t.Errorf("%q: status %d, done %v", c.args, status, done)
		}
		if c.want.Command = []string{"prog"}; !done && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v, want %+v", c.args, got, c.want)
		}
	}
}

// No two options have one name, and one of one letter has no value.
func TestOptionNames(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, o := range options {
		if seen[o.name] || o.short != "" && seen[o.short] || o.set == nil || o.short != "" && o.arg != "" {
			t.Errorf("option %+v", o)
		}
		seen[o.name], seen[o.short] = true, true
	}
	for line := range strings.Lines(helpText()) {
		if len(line) > helpWidth+1 {
			t.Errorf("a line of the help is too long: %q", line)
		}
	}
}
