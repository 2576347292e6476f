package rulesedit

import (
	"fmt"
	"strings"
)

// Script is a text and a change of it, line by line.
type Script []Line

// Line is a line of a text, with its newline if it has one.
type Line struct {
	Op   Op
	Text string
}

// Op is what becomes of a line.
type Op byte

// The ops.
const (
	Keep   Op = ' '
	Remove Op = '-'
	Add    Op = '+'
)

// scriptOf is the script that changes nothing.
func scriptOf(text string) Script {
	var s Script
	for line := range strings.SplitAfterSeq(text, "\n") {
		if line != "" {
			s = append(s, Line{Keep, line})
		}
	}
	return s
}

// Compare is a script that makes one text of another.
func Compare(before, after string) Script {
	was, is := scriptOf(before), scriptOf(after)
	head := 0
	for head < min(len(was), len(is)) && was[head] == is[head] {
		head++
	}
	tail := 0
	for tail < min(len(was), len(is))-head && was[len(was)-1-tail] == is[len(is)-1-tail] {
		tail++
	}
	s := append(Script{}, was[:head]...)
	for _, line := range was[head : len(was)-tail] {
		s = append(s, Line{Remove, line.Text})
	}
	for _, line := range is[head : len(is)-tail] {
		s = append(s, Line{Add, line.Text})
	}
	return append(s, was[len(was)-tail:]...)
}

// Changes reports whether the script changes anything.
func (s Script) Changes() bool {
	for _, line := range s {
		if line.Op != Keep {
			return true
		}
	}
	return false
}

// Text is the text after the change.
func (s Script) Text() string {
	var text strings.Builder
	for _, line := range s {
		if line.Op != Remove {
			text.WriteString(line.Text)
		}
	}
	return text.String()
}

// context is how many lines a diff shows around a change.
const context = 3

// Diff is the change in the unified format of diff(1), or nothing.
func (s Script) Diff(path string) string {
	near := make([]bool, len(s))
	for i, line := range s {
		for j := max(i-context, 0); line.Op != Keep && j <= min(i+context, len(s)-1); j++ {
			near[j] = true
		}
	}
	var out strings.Builder
	before, after := 0, 0 // lines so far
	for i := 0; i < len(s); {
		end := i + 1
		for end < len(s) && near[end] == near[i] {
			end++
		}
		removed, added := s[i:end].count(Remove), s[i:end].count(Add)
		if near[i] {
			if out.Len() == 0 {
				fmt.Fprintf(&out, "--- %s\n+++ %s\n", path, path)
			}
			fmt.Fprintf(&out, "@@ -%s +%s @@\n", span(before, end-i-added), span(after, end-i-removed))
			s[i:end].print(&out)
		}
		before, after, i = before+end-i-added, after+end-i-removed, end
	}
	return out.String()
}

func (s Script) count(op Op) int {
	n := 0
	for _, line := range s {
		if line.Op == op {
			n++
		}
	}
	return n
}

// span is a range of lines as a diff writes it: that of no line begins before it.
func span(before, count int) string {
	switch count {
	case 0:
		return fmt.Sprintf("%d,0", before)
	case 1:
		return fmt.Sprint(before + 1)
	default:
		return fmt.Sprintf("%d,%d", before+1, count)
	}
}

func (s Script) print(out *strings.Builder) {
	for _, line := range s {
		out.WriteByte(byte(line.Op))
		out.WriteString(line.Text)
		if !strings.HasSuffix(line.Text, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
