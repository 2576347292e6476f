package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gobind/internal/convert"
	"gobind/internal/ruletext"
)

func existsError(name string) error {
	return fmt.Errorf("%s exists; --force writes over it", quote(name))
}

// rulesText is a translated tree as a file of rules.
func rulesText(dir string, result convert.Result) string {
	var text strings.Builder
	fmt.Fprintf(&text, "# What %s says, as rules: gobindctl import.\n# The last rule that matches decides.\n", quote(dir))
	for _, block := range result.Blocks {
		text.WriteString("\n#")
		for _, file := range block.Files {
			text.WriteString(" " + quote(file))
		}
		text.WriteString("\n")
		for _, rule := range block.Rules {
			text.WriteString(ruletext.Rule(rule) + "\n")
		}
	}
	return text.String()
}

// imported reports what was translated, and what was not, beside the rules.
func (u *ui) imported(dir, output string, result convert.Result) {
	for _, n := range result.Notes {
		place := shellWord(n.File)
		if n.Line > 0 {
			place += ":" + strconv.Itoa(n.Line)
		}
		_, _ = fmt.Fprintf(u.stderr, "gobindctl: %s: %s\n", place, noteWords(n))
	}
	if output == "" {
		return
	}
	_, _ = fmt.Fprintf(u.stderr, "gobindctl: %d rules written to %s\n", len(result.Rules()), shellWord(output))
	_, _ = io.WriteString(u.stderr, "gobindctl: hint: rules are asked before "+shellWord(dir)+", which can be moved away now\n")
}

// noteWords are a note in words.
func noteWords(n convert.Note) string {
	return strings.NewReplacer("{detail}", quoteLine(n.Detail)).Replace(importTexts[n.Kind])
}

// importTexts are what the rules do not say as the tree does.
var importTexts = map[convert.NoteKind]string{
	convert.Widened:  "the rules permit {detail} too: to bind the IPv4-mapped address, or [::], is to bind that",
	convert.Narrowed: "the rules permit nothing by it: another file is about the same bind, and rules cannot say what both do",
	convert.Unasked:  "left out: no request asks for a file of that name (gobindctl lint says more)",
	convert.Ignored:  "left out: the line permits nothing (gobindctl lint says more)",
	convert.Refused:  "left out: {detail}; gobind refuses by it (gobindctl lint says more)",
	convert.NoExec:   "it refuses everybody, since its file system is mounted noexec, and so do the rules",
}

// treeWords are why a tree cannot be translated, and the cure.
func treeWords(e *convert.TreeError) (text, cure string) {
	dir := shellWord(e.Dir)
	switch e.Why {
	case convert.Unsafe:
		return "others than root could write to " + dir + ": gobind refuses by it, and nothing is translated",
			"look at what is in it, then as root, run: chown root:root " + dir + " && chmod go-w " + dir
	case convert.Closed:
		return "some users may not look up names in " + dir + ", and are refused every port; rules cannot say that",
			"as root, run: chmod 755 " + dir
	default:
		why := "not a directory"
		if e.Err != nil {
			why = errors.Unwrap(e).Error()
		}
		return "cannot examine " + dir + ": " + why + "; gobind refuses everything by it, and nothing is translated",
			"as root, run: ls -ldL " + dir
	}
}
