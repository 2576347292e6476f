package main

import (
	"errors"
	"fmt"
	"strings"

	"gobind/internal/account"
	"gobind/internal/judge"
	"gobind/internal/ruletext"
	"gobind/internal/tree"
	"gobind/policy"
)

// explainWords say what a step said, in one line, and the details.
func explainWords(names account.Files, a answer, e judge.Explanation) (said string, details []string) {
	for _, l := range e.Lines {
		details = append(details, lineWords(a, e, l))
	}
	if e.Twin != "" {
		details = append(details, fmt.Sprintf("%s would permit it, but %s", quote(e.Twin), twinWords(a.Request.Port)))
	}
	if e.Kind == judge.Access && e.Said != judge.NotThere && e.Entry.Err == nil {
		details = append(details, accessWords(names, a.Request.Subject, e)...)
	}
	if e.Blocked != "" {
		details = append(details, fmt.Sprintf("the user may not search %s", quote(e.Blocked)))
	}
	return saidWords(e), details
}

// saidWords are what a step said.
func saidWords(e judge.Explanation) string {
	var syntax *policy.RuleError
	switch {
	case e.Said == judge.CannotRead:
		return fmt.Sprintf("denies: it cannot be examined (%s)", errnoName(e.Fault.Errno))
	case e.Said == judge.Malformed && errors.As(e.Rules.Fault, &syntax):
		return fmt.Sprintf("denies: line %d, column %d: %s", syntax.Source.Line, syntax.Column, syntax.Text)
	case e.Said == judge.Permits && e.Kind == judge.Access:
		return "permits: the user may execute it"
	case e.Said == judge.Denies && e.Kind == judge.Access:
		return "denies: it is there, and the user may not execute it"
	case e.Said == judge.NotThere && e.Kind == judge.Tree:
		return "no such policy directory"
	default:
		return saidTexts[e.Said]
	}
}

var saidTexts = map[judge.Said]string{
	judge.NotThere:   "not there",
	judge.Silent:     "says nothing about it",
	judge.Permits:    "permits",
	judge.Denies:     "denies",
	judge.OneFamily:  "permits it for one of the two families that [::] takes, and says nothing about the other",
	judge.Unsafe:     "denies: others than root could write it",
	judge.CannotRead: "denies: it cannot be examined",
	judge.Malformed:  "denies: a line of it is no rule",
}

func twinWords(port uint16) string {
	if port >= 512 {
		return "ports from 512 on need the \"!\" before the name"
	}
	return "only ports from 512 on have the \"!\" before the name"
}

var whyTexts = map[judge.Why]string{
	judge.Matches:       "",
	judge.OtherAddress:  " (another address)",
	judge.OtherPort:     " (another port)",
	judge.OtherProtocol: " (another protocol)",
	judge.UnknownName:   " (a name that nobody has)",
	judge.Ignored:       " (in no form that counts",
}

// lineWords are a line of a file, and what it has to do with the request.
func lineWords(a answer, e judge.Explanation, l judge.Line) string {
	text := quoteLine(l.Text)
	if l.Rule != nil {
		text = quoteLine(ruletext.Rule(*l.Rule))
	}
	words := fmt.Sprintf("line %d: %s%s", l.Number, text, whyTexts[l.Why])
	if l.Why == judge.Ignored {
		words += "; write " + quoteLine(l.Better) + ")"
	}
	if l.Rule != nil && l.Of != a.Request.Addr {
		words += " for " + l.Of.String()
	}
	return words
}

// quoteLine quotes a line that a terminal might take for more, or that begins or
// ends in a blank.
func quoteLine(text string) string {
	other := func(r rune) bool { return r < ' ' || r > '~' }
	if text == strings.Trim(text, " ") && !strings.ContainsFunc(text, other) {
		return text
	}
	return fmt.Sprintf("%+q", text)
}

// accessWords say what the permissions of a file are, and which one decides.
func accessWords(names account.Files, who policy.Subject, e judge.Explanation) []string {
	var list []string
	for _, a := range e.Entry.Access() {
		list = append(list, entryWords(names, a))
	}
	line := fmt.Sprintf("mode %04o: %s", e.Entry.Stat.Mode&0o7777, strings.Join(list, ", "))
	lines := []string{line, "about this user: " + entryWords(names, e.Decides)}
	if who.UID == 0 {
		lines[1] = "root may if anybody may"
	}
	if e.Entry.NoExec && !e.Entry.IsDir() {
		lines = append(lines, "it is on a file system mounted noexec: nobody may execute it")
	}
	return lines
}

// entryWords are one permission of a file.
func entryWords(names account.Files, a tree.ACLEntry) string {
	may := "may not"
	if a.Execute {
		may = "may"
	}
	switch a.Who {
	case tree.OwnerUser:
		return fmt.Sprintf("its user %s %s", quote(names.UserName(a.ID)), may)
	case tree.NamedUser:
		return fmt.Sprintf("user %s %s", quote(names.UserName(a.ID)), may)
	case tree.OwnerGroup:
		return fmt.Sprintf("its group %s %s", quote(names.GroupName(a.ID)), may)
	case tree.NamedGroup:
		return fmt.Sprintf("group %s %s", quote(names.GroupName(a.ID)), may)
	case tree.Others:
	}
	return "others " + may
}
