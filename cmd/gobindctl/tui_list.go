package main

import (
	"errors"
	"fmt"
	"strings"

	"gobind/internal/grants"
	"gobind/internal/ruletext"
	"gobind/policy"
)

// list prints who may bind what.
func (u *ui) list(all grants.All, k *inKernel) error {
	if len(all.Entries) == 0 {
		fmt.Fprintln(&u.out, "no policy is about this: nobody may bind it")
	} else {
		head, rows := []string{"VERDICT", "WHO", "PROTOCOL", "WHERE", "SOURCE"}, [][]string(nil)
		for _, e := range all.Entries {
			row := []string{
				verdictName(e.Verdict == policy.Permit), quote(ruletext.Who(e.Who)), ruletext.Protocols(e.Protocols), wheres(e), sourceWords(e),
			}
			if because := k.because(e); because != "" {
				row = append(row, because)
				head = append(head[:5:5], "BECAUSE")
			}
			rows = append(rows, row)
		}
		if err := u.table(head, rows); err != nil {
			return err
		}
		fmt.Fprintln(&u.out, "\nthe first line that is about a request decides it")
	}
	u.remarks(all, "")
	u.backend(k, "")
	return nil
}

func wheres(e grants.Entry) string {
	var list []string
	for _, w := range e.Where {
		list = append(list, ruletext.Where(w))
	}
	return strings.Join(list, " ")
}

// sourceWords are the file and the line.
func sourceWords(e grants.Entry) string {
	return policy.Source{File: quote(e.Source.File), Line: e.Source.Line}.String()
}

// becauseWords are why an entry denies that is no rule, and whom one is about whose
// name nobody has.
func becauseWords(e grants.Entry) string {
	var line *policy.RuleError
	var fault policy.Fault
	switch {
	case e.Who.Unknown && e.Verdict == policy.Permit:
		return "nobody has this name"
	case e.Who.Unknown:
		return "nobody has this name: whoever has none at all may be meant"
	case e.Because == grants.NobodyElse && e.Who.Kind == policy.Anyone:
		return "nobody else may execute it"
	case e.Because == grants.NobodyElse:
		return "may not execute it"
	case e.Because == grants.Unsafe:
		return "others than root could write it"
	case e.Because == grants.Malformed && errors.As(e.Fault, &line):
		return fmt.Sprintf("column %d: %s", line.Column, line.Text)
	case e.Because == grants.CannotRead && errors.As(e.Fault, &fault):
		return fmt.Sprintf("cannot be examined (%s)", errnoName(fault.Errno))
	default:
		return string(e.Because)
	}
}

// show prints policy as a file of rules that says what counts, where each rule is
// from, and what is faulty.
func (u *ui) show(all grants.All, k *inKernel) {
	fmt.Fprintln(&u.out, "# the last rule that is about a request decides it")
	width := 0
	for _, e := range all.Entries {
		width = max(width, len(ruletext.Rule(e.Rule)))
	}
	const most = 60 // a long rule does not push all comments aside
	for _, e := range all.Entries {
		line := fmt.Sprintf("%-*s  # %s", min(width, most), quoteLine(ruletext.Rule(e.Rule)), sourceWords(e))
		if because := k.because(e); because != "" {
			line += ": " + because
		}
		fmt.Fprintln(&u.out, line)
	}
	u.remarks(all, "# ")
	u.backend(k, "# ")
}

// remarks say what there is beside the entries.
func (u *ui) remarks(all grants.All, prefix string) {
	for _, dir := range all.Closed {
		fmt.Fprintf(&u.out, "%snot everybody may search %s: who may not is refused\n", prefix, quote(dir))
	}
	for _, file := range all.Unused {
		fmt.Fprintf(&u.out, "%sno request asks for %s\n", prefix, quote(file))
	}
	for _, file := range all.Hidden {
		fmt.Fprintf(&u.out, "%sonly root may read %s\n", prefix, quote(file))
	}
}
