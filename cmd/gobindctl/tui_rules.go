package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"gobind/internal/layout"
	"gobind/internal/rulesedit"
	"gobind/policy"
)

// Errors of permit, revoke and edit.
var (
	errNotRoot  = errors.New("only root may change policy")
	errTempDir  = errors.New("/tmp is not root's, or others could replace what is in it; nothing was changed")
	errNoDraft  = errors.New("the editor left no regular file of at most 8 MiB; nothing was changed")
	errNoEditor = errors.New("VISUAL and EDITOR are not set, and there is no editor, vi or nano")
)

// editQuestion is asked after what is wrong with an edited file.
const editQuestion = "What now? e(dit again), x (leave without a change): "

func editorError(err error) error { return fmt.Errorf("the editor: %w; nothing was changed", err) }

func draftError(err error) error { return errors.New(err.Error() + "; nothing was changed") }

func notRulesFile(name, dir string) error {
	return fmt.Errorf("%s is not the name of a rules file in %s (NAME.rules)", quote(name), quote(dir))
}

func notAWord(text string) error { return fmt.Errorf("not one word of a rule: %q", text) }

// unknownError is about a user or group that /etc does not have.
type unknownError struct {
	who  policy.Who
	root string
}

func (e *unknownError) Error() string {
	if e.who.Kind == policy.Group {
		return fmt.Sprintf("no group %s in %s", quote(e.who.Name), filepath.Join(e.root, "/etc/group"))
	}
	return fmt.Sprintf("no user %s in %s", quote(e.who.Name), filepath.Join(e.root, "/etc/passwd"))
}

// brokenError is about a later file that cannot be believed.
type brokenError struct{ why error }

func (e *brokenError) Error() string {
	return errorText(e.why) + "; so that file denies all that no later one decides, and nothing was changed"
}

func (e *brokenError) Unwrap() error { return e.why }

// ruleHint is the cure for an error of permit, revoke and edit, "" if none is known.
func ruleHint(err error) string {
	var unknown *unknownError
	var unsafe *rulesedit.UnsafeError
	var bad *policy.RuleError
	switch {
	case errors.As(err, &unknown) && unknown.who.Kind == policy.Group:
		return "for a group of a directory service, give its number: :12345"
	case errors.As(err, &unknown):
		return "for a user of a directory service, give the uid"
	case errors.As(err, &unsafe) && strings.Contains(unsafe.Why, "written by others"):
		return fmt.Sprintf("as root, run: chown root %[1]s && chmod go-w %[1]s", shellWord(unsafe.Path))
	case errors.As(err, &bad) && filepath.Dir(bad.Source.File) == filepath.Join(layout.ConfDir, "rules.d"):
		return asRoot([]string{"edit", filepath.Base(bad.Source.File)})
	default:
		return ""
	}
}

// edited says what edit did.
func (u *ui) edited(e *edited) {
	if !e.Changed {
		fmt.Fprintf(&u.out, "nothing changed: %s\n", quote(e.File))
		return
	}
	fmt.Fprintf(&u.out, "changed %s\n", quote(e.File))
	for _, s := range e.Unknown {
		fmt.Fprintf(&u.out, "note: %s is about a user or group that this system does not have\n", quote(s.String()))
	}
}

// permit says what permit did.
func (u *ui) permit(c *change, script rulesedit.Script) {
	switch {
	case c.Overruled:
		fmt.Fprintf(&u.out, "nothing changed: %s denies it, and has the word over %s\n", list(c.OverruledBy), quote(c.File))
		return
	case !c.Changed:
		fmt.Fprintf(&u.out, "nothing changed: %s permits it already\n", list(c.PermittedBy))
	default:
		u.lines(c, script)
	}
	if len(c.OverruledBy) > 0 {
		fmt.Fprintf(&u.out, "note: %s denies some of it to some, and has the word over %s\n", list(c.OverruledBy), quote(c.File))
	}
	if c.DualStack {
		fmt.Fprintln(&u.out, "note: a bind of [::] takes IPv4's 0.0.0.0 too, which is not permitted: * in place of [::] is both")
	}
}

// revoke says what revoke did. The line is what was to be revoked.
func (u *ui) revoke(c *change, script rulesedit.Script, line string) {
	if c.Changed {
		u.lines(c, script)
	} else {
		fmt.Fprintf(&u.out, "nothing to revoke in %s: %s\n", quote(c.File), plain(line))
	}
	for _, by := range c.PermittedBy {
		if by.Maybe {
			fmt.Fprintf(&u.out, "%s still permits some of it, if the user is in that group\n", quote(by.String()))
		} else {
			fmt.Fprintf(&u.out, "%s still permits some of it\n", quote(by.String()))
		}
	}
	for _, file := range c.Hidden {
		fmt.Fprintf(&u.out, "note: %s may permit it too: only root may read it\n", quote(file))
	}
}

// lines says which lines were changed, or shows the change that would be.
func (u *ui) lines(c *change, script rulesedit.Script) {
	if c.DryRun {
		u.out.WriteString(script.Diff(c.File))
		return
	}
	for _, l := range c.Lines {
		if strings.HasPrefix(l.Text, "#") {
			continue // of a new file
		}
		fmt.Fprintf(&u.out, "%s %s:%d: %s\n", l.Change, quote(c.File), l.Line, plain(l.Text))
	}
}

func list(all []source) string {
	var words []string
	for _, s := range all {
		words = append(words, quote(s.String()))
	}
	return strings.Join(words, ", ")
}

// plain is a line of a file, quoted if a terminal could take it for more.
func plain(text string) string {
	for _, r := range text {
		if (r < ' ' || r > '~') && r != '\t' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}
