package lint

import (
	"cmp"
	"slices"
)

// Severity is how bad a finding is.
type Severity uint8

// The severities.
const (
	Warning Severity = iota // it may be meant so
	Error                   // it is refused or ignored, or does not do what it says
)

// String is the severity as users and machines read it.
func (s Severity) String() string { return [...]string{"warning", "error"}[s] }

// Finding is one thing that is wrong.
type Finding struct {
	Kind         Kind
	File         string
	Line, Column int    // from 1; 0: the file as a whole
	Subject      string // what it is about: a name, a part of the line, another file
	Detail       string // a number, a mode, an error, or what is wrong in the parser's words
	Instead      string // what to write instead, a line each; "" if that is not known
}

// Severity is how bad it is.
func (f Finding) Severity() Severity { return severities[f.Kind] }

// Kinds are all kinds of findings, in order.
func Kinds() []Kind {
	var all []Kind
	for kind := range severities {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}

// Sort puts findings in order of file, line and column.
func Sort(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
