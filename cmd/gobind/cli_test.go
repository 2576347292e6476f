package main

import (
	"slices"
	"strconv"
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
