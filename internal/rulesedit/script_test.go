package rulesedit_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gobind/internal/rulesedit"
)

// patch applies a unified diff, whose every word must be right.
func patch(text, diff string) (string, error) {
	if diff == "" {
		return text, nil
	}
	diff, ok := strings.CutPrefix(diff, "--- f\n+++ f\n")
	if !ok {
		return "", fmt.Errorf("no head: %q", diff)
	}
	old, out, at := strings.SplitAfter(text, "\n"), "", 0
	for diff != "" {
		head, rest, _ := strings.Cut(diff, "\n")
		var from, fromCount, to, toCount int
		if err := span(head, &from, &fromCount, &to, &toCount); err != nil {
			return "", err
		}
		if fromCount > 0 {
			from--
		}
		for ; at < from; at++ {
			out += old[at]
		}
		if lines := strings.Count(out, "\n"); toCount > 0 && to-1 != lines || toCount == 0 && to != lines {
			return "", fmt.Errorf("%s: after %d lines", head, lines)
		}
		for diff = rest; diff != "" && diff[0] != '@'; {
			line, rest, _ := strings.Cut(diff, "\n")
			body := line[1:] + "\n"
			if cut, ok := strings.CutPrefix(rest, "\\ No newline at end of file\n"); ok {
				body, rest = line[1:], cut
			}
			if line[0] != '+' {
				if old[at] != body {
					return "", fmt.Errorf("line %d is %q, not %q", at+1, old[at], body)
				}
				at, fromCount = at+1, fromCount-1
			}
			if line[0] != '-' {
				out, toCount = out+body, toCount-1
			}
			diff = rest
		}
		if fromCount != 0 || toCount != 0 {
			return "", fmt.Errorf("%s: counts are wrong by %d, %d", head, fromCount, toCount)
		}
	}
	return out + strings.Join(old[at:], ""), nil
}

func span(head string, n ...*int) error {
	fields := strings.Fields(head)
	if len(fields) != 4 || fields[0] != "@@" || fields[3] != "@@" {
		return fmt.Errorf("no hunk: %q", head)
	}
	for i, field := range fields[1:3] {
		*n[2*i+1] = 1
		if strings.Contains(field, ",") {
			_, err := fmt.Sscanf(field[1:], "%d,%d", n[2*i], n[2*i+1])
			if err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Sscanf(field[1:], "%d", n[2*i]); err != nil {
			return err
		}
	}
	return nil
}

// A script makes the one text of the other, and so does its diff.
func TestCompare(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", ""}), 0, 20).Draw(t, "lines")
		return strings.Join(lines, "\n")
	})
	rapid.Check(t, func(t *rapid.T) {
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		check(t, rulesedit.Compare(before, after), before, after)
	})
}

// Scripts whose changes are far apart have more than one hunk.
func TestDiff(t *testing.T) {
	op := rapid.SampledFrom([]rulesedit.Op{rulesedit.Keep, rulesedit.Keep, rulesedit.Keep, rulesedit.Keep, rulesedit.Keep, rulesedit.Remove, rulesedit.Add})
	rapid.Check(t, func(t *rapid.T) {
		var script rulesedit.Script
		before, after := "", ""
		for i, op := range rapid.SliceOfN(op, 0, 60).Draw(t, "ops") {
			line := rulesedit.Line{Op: op, Text: fmt.Sprintln(i)}
			script = append(script, line)
			if op != rulesedit.Add {
				before += line.Text
			}
			if op != rulesedit.Remove {
				after += line.Text
			}
		}
		check(t, script, before, after)
	})
}

func check(t *rapid.T, script rulesedit.Script, before, after string) {
	if got := script.Text(); got != after {
		t.Fatalf("text: %q, want %q", got, after)
	}
	if script.Changes() != (before != after) && before == after {
		t.Fatalf("changes: %v", script.Changes())
	}
	diff := script.Diff("f")
	got, err := patch(before, diff)
	if err != nil || got != after {
		t.Fatalf("diff: %v\n%s\nmakes %q of %q, not %q", err, diff, got, before, after)
	}
}
