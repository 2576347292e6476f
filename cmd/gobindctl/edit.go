package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/internal/names"
	"gobind/internal/rulesedit"
	"gobind/policy"
)

// editCmd is gobindctl edit.
type editCmd struct {
	policyFlags
	File string `arg:"" optional:"" default:"50-gobindctl.rules" help:"${help_editfile}"`
}

func (c *editCmd) run(u *ui) (int, error) {
	if _, err := rootOf(c.Root); err != nil {
		return 0, err
	}
	dir, err := c.openRules(false)
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	name := filepath.Base(c.File)
	if c.File != name && filepath.Clean(c.File) != dir.Path(name) || !rulesedit.IsRules(name) {
		return 0, &inputError{statusData, notRulesFile(c.File, dir.Path(""))}
	}
	if err := dir.Lock(0); err != nil {
		return 0, err
	}
	answer, err := c.edit(u, dir, name)
	if err != nil {
		return 0, err
	}
	if u.json {
		return statusYes, u.printJSON("edit", answer)
	}
	u.edited(answer)
	return statusYes, nil
}

// edit has the user edit a copy of the file until it is right, and installs it.
func (c *editCmd) edit(u *ui, dir *rulesedit.Dir, name string) (*edited, error) {
	before, err := dir.ReadOwn(name)
	if err != nil {
		return nil, err
	}
	draft, err := newDraft(name, before)
	if err != nil {
		return nil, err
	}
	defer draft.remove()
	input := bufio.NewReader(os.Stdin)
	for {
		text, err := draft.edit()
		if err != nil {
			return nil, err
		}
		answer := &edited{File: dir.Path(name), Changed: string(text) != string(before)}
		if !answer.Changed {
			return answer, nil
		}
		file := rulesedit.Parse(dir.Path(name), text, names.Of(c.root()))
		if file.Fault == nil {
			answer.Unknown = unknown(file.Rules)
			return answer, dir.Replace(name, text)
		}
		if !u.askAgain(input, file.Fault) {
			return nil, &inputError{statusData, draftError(file.Fault)}
		}
	}
}

// edited is the answer of edit, with --json too.
type edited struct {
	File    string   `json:"file"`
	Changed bool     `json:"changed"`
	Unknown []source `json:"unknown,omitempty"` // rules of users or groups that /etc does not have
}

func unknown(rules []policy.Rule) (lines []source) {
	for _, rule := range rules {
		if rule.Who.Unknown {
			lines = append(lines, sourceOf(rule.Source))
		}
	}
	return lines
}

// askAgain tells the user what is wrong and asks whether to edit again. Where nobody
// can answer it asks nothing.
func (u *ui) askAgain(input *bufio.Reader, fault error) bool {
	if _, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS); err != nil {
		return false
	}
	u.say(fault.Error(), "")
	for {
		_, _ = io.WriteString(u.stderr, editQuestion)
		answer, err := input.ReadString('\n')
		switch {
		case err != nil:
			return false
		case answer == "e\n":
			return true
		case answer == "x\n":
			return false
		}
	}
}
