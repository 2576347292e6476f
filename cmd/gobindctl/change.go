package main

import (
	"strings"

	"gobind/internal/rulesedit"
	"gobind/policy"
)

// change is the answer of permit and revoke, with --json too.
type change struct {
	File    string `json:"file"`
	Changed bool   `json:"changed"` // or would be, if dry_run is set
	DryRun  bool   `json:"dry_run"`
	Lines   []line `json:"lines"`
	Diff    string `json:"diff,omitempty"` // if dry_run is set
	// PermittedBy is what permits it already, or still.
	PermittedBy []source `json:"permitted_by"`
	// Hidden are files that only root may read, and that may permit it too.
	Hidden []string `json:"hidden,omitempty"`
	// OverruledBy are rules of later files that deny some of it.
	OverruledBy []source `json:"overruled_by,omitempty"`
	// Overruled says that they deny all of it: nothing was changed.
	Overruled bool `json:"overruled,omitempty"`
	// DualStack says that [::] is permitted, and 0.0.0.0 is not.
	DualStack bool `json:"dual_stack,omitempty"`
}

// line is a line that was added or removed.
type line struct {
	Change string `json:"change"` // added, removed
	Line   int    `json:"line"`   // in the new text, or in the old one
	Text   string `json:"text"`
}

// source is what permits or denies.
type source struct {
	File  string `json:"file"`
	Line  int    `json:"line,omitempty"`
	Maybe bool   `json:"maybe,omitempty"` // if the user is in the group
}

func (s source) String() string { return policy.Source{File: s.File, Line: s.Line}.String() }

func sourceOf(s policy.Source) source { return source{File: s.File, Line: s.Line} }

func sources(list []policy.Source) []source {
	all := []source{}
	for _, s := range list {
		all = append(all, sourceOf(s))
	}
	return all
}

// describe fills in what the script does to the file.
func (c *change) describe(file string, script rulesedit.Script, dry bool) {
	c.File, c.Changed, c.DryRun, c.Lines = file, script.Changes(), dry, []line{}
	if c.PermittedBy == nil {
		c.PermittedBy = []source{}
	}
	if dry {
		c.Diff = script.Diff(file)
	}
	before, after := 0, 0
	for i, l := range script {
		if l.Op != rulesedit.Add {
			before++
		}
		if l.Op != rulesedit.Remove {
			after++
		}
		text := strings.TrimSuffix(l.Text, "\n")
		switch {
		case l.Op == rulesedit.Keep, onlyNewline(script, i), onlyNewline(script, i-1):
		case l.Op == rulesedit.Add:
			c.Lines = append(c.Lines, line{"added", after, text})
		default:
			c.Lines = append(c.Lines, line{"removed", before, text})
		}
	}
}

// onlyNewline reports whether line i gets the newline that it lacks, and no more.
func onlyNewline(script rulesedit.Script, i int) bool {
	return i >= 0 && i+1 < len(script) && script[i].Op == rulesedit.Remove && script[i+1].Op == rulesedit.Add &&
		script[i].Text+"\n" == script[i+1].Text
}
