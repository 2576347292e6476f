package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"gobind/internal/auditlog"
	"gobind/internal/convert"
	"gobind/internal/doctor"
	"gobind/internal/lint"
	"gobind/internal/rulesedit"
	"gobind/internal/testenv"
	"gobind/policy"
)

// declaredStates are the states that package doctor declares.
func declaredStates(t *testing.T) []string {
	t.Helper()
	set := token.NewFileSet()
	var states []string
	files, err := filepath.Glob(filepath.Join(testenv.Repo(), "internal/doctor/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "State" {
				state, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				states = append(states, state)
			}
			return true
		})
	}
	slices.Sort(states)
	return states
}

// Every state of doctor's has words; the golden file has them all.
func TestFindingWords(t *testing.T) {
	states := declaredStates(t)
	var all strings.Builder
	for _, state := range states {
		text, cure := words(doctor.Finding{State: doctor.State(state), Subject: "SUBJECT", Detail: "DETAIL"})
		if text == "" {
			t.Errorf("no words for %s", state)
		}
		fmt.Fprintf(&all, "%s\n\t%s\n\t%s\n", state, text, cure)
	}
	if len(states) != len(findingTexts) || len(states) < 30 {
		t.Errorf("%d states, %d texts", len(states), len(findingTexts))
	}
	testenv.Golden(t, "findings.golden", all.String())
}

// Every kind of finding of lint's has words; the golden file has them all.
func TestLintWords(t *testing.T) {
	var all strings.Builder
	for _, kind := range lint.Kinds() {
		f := lint.Finding{Kind: kind, File: "/DIR/!7", Subject: "SUBJECT", Detail: "DETAIL", Instead: "ONE"}
		if strings.HasPrefix(string(kind), "line-") && kind != lint.LinePart {
			f.Instead = "ONE\nTWO"
		}
		text, cure := lintWords(f)
		if text == "" {
			t.Errorf("no words for %s", kind)
		}
		fmt.Fprintf(&all, "%s %s\n\t%s\n\t%s\n", kind, f.Severity(), text, strings.ReplaceAll(cure, "\n", "\n\t"))
	}
	if len(lint.Kinds()) != len(lintTexts) {
		t.Errorf("%d kinds, %d texts", len(lint.Kinds()), len(lintTexts))
	}
	testenv.Golden(t, "lint.golden", all.String())
}

// What import says of what the rules do not, and of trees that it cannot translate.
func TestImportWords(t *testing.T) {
	var all strings.Builder
	for _, kind := range []convert.NoteKind{convert.Widened, convert.Narrowed, convert.Unasked, convert.Ignored, convert.Refused, convert.NoExec} {
		fmt.Fprintf(&all, "%s\n\t%s\n", kind, noteWords(convert.Note{Kind: kind, Detail: "DETAIL"}))
	}
	if len(importTexts) != 6 {
		t.Errorf("%d texts", len(importTexts))
	}
	for _, err := range []error{
		&convert.TreeError{Why: convert.Broken, Dir: "/DIR", Err: unix.ELOOP}, &convert.TreeError{Why: convert.Broken, Dir: "/DIR"},
		&convert.TreeError{Why: convert.Broken, Dir: "/DIR", Err: unix.EACCES},
		&convert.TreeError{Why: convert.Unsafe, Dir: "/DIR"}, &convert.TreeError{Why: convert.Closed, Dir: "/DIR"},
		&inputError{statusData, existsError("FILE")}, fileError("/etc/\x1b", unix.ENOENT),
	} {
		var stderr bytes.Buffer
		status := newUI(&bytes.Buffer{}, &stderr).fail(err)
		fmt.Fprintf(&all, "%d\n%s", status, stderr.String())
	}
	testenv.Golden(t, "import.golden", all.String())
}

// Every error has one line, a hint where the cure is known, and a status of
// sysexits(3).
func TestErrors(t *testing.T) {
	ruleError := &policy.RuleError{Source: policy.Source{File: "/etc/gobind/rules.d/50-gobindctl.rules", Line: 3}, Column: 1, Text: "TEXT"}
	var all strings.Builder
	for _, err := range []error{
		&inputError{statusData, errLines}, &inputError{statusData, noUserError("x\x1b[2J")},
		&inputError{statusData, timeError("yester day")}, &inputError{statusNoInput, errNoLog},
		auditlog.ErrNoJournal, errors.New("journalctl: exit status 1: \"no\""),
		&fs.PathError{Op: "open", Path: "/var/log/auth.log", Err: os.ErrPermission},
		&fs.PathError{Op: "open", Path: "/var/log/auth.log\x1b", Err: unix.ENOENT},
		&inputError{statusNoPerm, errNotRoot}, &inputError{statusData, notAWord("a\x1bb\n")},
		&inputError{statusData, &unknownError{policy.Who{Kind: policy.User, Name: "x"}, "/"}},
		&inputError{statusData, &unknownError{policy.Who{Kind: policy.Group, Name: "x"}, "image"}},
		&inputError{statusConfig, ruleError}, &inputError{statusConfig, &brokenError{ruleError}},
		&inputError{statusConfig, &brokenError{&rulesedit.UnsafeError{Path: "/etc/gobind/rules.d/60-x.rules", Why: "is not a regular file"}}},
		&rulesedit.UnsafeError{Path: "/etc/gobind", Why: "could be written by others than root (uid 1, mode 0755)"},
		&rulesedit.LockedError{Path: "/etc/gobind/rules.d", PID: 7}, &rulesedit.LockedError{Path: "/etc/gobind/rules.d"},
		&rulesedit.DurabilityError{Path: "/etc/gobind/rules.d/50-gobindctl.rules", Err: unix.EIO},
		&fs.PathError{Op: "write", Path: "/etc/gobind/rules.d/50-gobindctl.rules", Err: unix.ENOSPC},
		&inputError{statusData, draftError(ruleError)}, &inputError{statusData, errNoDraft},
		&inputError{statusData, notRulesFile("x\x1b", "/etc/gobind/rules.d")},
		&inputError{statusUnavailable, editorError(errNoEditor)}, &inputError{statusUnavailable, editorError(errors.New("exit status 1"))},
		&inputError{statusUnavailable, errTempDir},
	} {
		var stderr bytes.Buffer
		status := newUI(&bytes.Buffer{}, &stderr).fail(err)
		fmt.Fprintf(&all, "%d\n%s", status, stderr.String())
	}
	testenv.Golden(t, "errors.golden", all.String())
}

// Colour is for terminals, and what a terminal could take for more is quoted.
func TestTerminal(t *testing.T) {
	u := newUI(&bytes.Buffer{}, &bytes.Buffer{})
	u.finding(doctor.Finding{Check: "policy", State: doctor.PolicyUnsafeFile, Level: doctor.Failure, Subject: "/etc/gobind/byuid/\x1b[2J", Detail: "uid 1"})
	if out := u.out.String(); strings.Contains(out, "\x1b") || !strings.Contains(out, `"/etc/gobind/byuid/\x1b[2J"`) {
		t.Errorf("not quoted: %q", out)
	}
	u.out.Reset()
	u.lint([]lint.Finding{{Kind: lint.LineForm, File: "/etc/gobind/byuid/\x1b[2J'\n", Subject: "\x1b[2J", Instead: "\x1b"}, {Kind: lint.NameUnknown, File: "/a b;c"}})
	if out := u.out.String(); strings.Contains(out, "\x1b") || !strings.HasPrefix(out, `$'/etc/gobind/byuid/\x1b[2J\'\n': error: "\x1b[2J"`) || !strings.Contains(out, "'/a b;c': warning") {
		t.Errorf("not quoted: %q", out)
	}
	u.out.Reset()
	u.color = true
	u.finding(doctor.Finding{State: doctor.ProbeReady})
	if !strings.HasPrefix(u.out.String(), "\x1b[32mok ") {
		t.Errorf("no colour: %q", u.out.String())
	}
	u.out.Reset()
	if err := u.printJSON("test", "é\x1b\u009b\U0001f600"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(u.out.String(), `"answer": "\u00e9\u001b\u009b\ud83d\ude00"`) {
		t.Errorf("JSON: %s", u.out.String())
	}
}

// What --help prints, of gobindctl and of each command.
func TestHelp(t *testing.T) {
	t.Setenv("COLUMNS", "80")
	parser, err := newParser(&cli{}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, command := range append([]string{""}, commandNames(parser.Model.Children)...) {
		parser, err := newParser(&cli{}, &out, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		parser.Exit = func(int) {}
		_, _ = parser.Parse(append(strings.Fields(command), "--help")) // it does not end here
		out.WriteString("\n")
	}
	testenv.Golden(t, "help.golden", out.String())
}

func commandNames(nodes []*kong.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.Name)
	}
	return all
}
