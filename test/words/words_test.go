package words

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// said are the files with what users read.
var said = []string{"cmd/gobind*/tui*.go", "internal/refusal/*.go", "internal/reason/*.go"}

// shown are the files that show what users read, as it is read: golden files and
// scripts, whose patterns have backslashes, and tests that expect it word by word.
var shown = []string{
	"cmd/*/testdata/*.golden", "internal/refusal/testdata/*.golden", "cmd/gobindctl/testdata/script/*.txt",
	"test/listen/testdata/script/*.txt",
	"test/e2e/diagnostics_test.go", "test/broker/gobind_test.go",
}

// Each text that a user may read is in a golden file, or a script expects it: whoever
// adds or changes one shows how it looks.
func TestUserTextIsShown(t *testing.T) {
	golden := read(t, shown...)
	golden += " " + strings.ReplaceAll(golden, `\`, "")
	checked := 0
	for _, file := range sources(t, said...) {
		for _, text := range texts(parse(t, file)) {
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); !isProse(line) {
					continue
				}
				checked++
				if !shows(golden, line) {
					t.Errorf("%s: %q is in no golden file", file, line)
				}
			}
		}
	}
	if checked < 300 {
		t.Errorf("%d texts", checked)
	}
}

// gap is how long what fills a hole may be.
const gap = 300

// shows reports whether the golden text has the text with its holes filled in.
func shows(golden, text string) bool {
	var parts []string
	for _, part := range holes.Split(text, -1) {
		if part = strings.Join(strings.Fields(strings.ReplaceAll(part, "%%", "%")), " "); part != "" {
			parts = append(parts, part)
		}
	}
	for at := 0; ; at++ {
		next := strings.Index(golden[at:], parts[0])
		if next < 0 {
			return false
		}
		at += next
		if follow(golden[at+len(parts[0]):], parts[1:]) {
			return true
		}
	}
}

// follow reports whether the parts follow each other closely.
func follow(golden string, parts []string) bool {
	for _, part := range parts {
		at := strings.Index(golden[:min(len(golden), gap+len(part))], part)
		if at < 0 {
			return false
		}
		golden = golden[at+len(part):]
	}
	return true
}

// packages are those whose errors may reach a user.
var packages = []string{
	"client/*.go", "helper/*.go", "policy/*.go",
	"internal/a[ccu]*/*.go", "internal/[cdgijklnprst]*/*.go",
}

// apart are packages that no program has, or that say what users read.
var apart = []string{"internal/completion", "internal/packaging", "internal/testenv", "internal/refusal", "internal/reason"}

// The texts of all packages whose errors may reach a user stand in one golden file,
// which is reviewed when one comes or changes. UPDATE=1 writes it anew.
func TestTextsOfPackages(t *testing.T) {
	var all []string
	for _, file := range sources(t, packages...) {
		dir := filepath.Dir(file)
		if slices.Contains(apart, dir) {
			continue
		}
		parsed := parse(t, file)
		for _, text := range append(texts(parsed), errorTexts(parsed)...) {
			all = append(all, fmt.Sprintf("%s: %q", dir, text))
		}
	}
	slices.Sort(all)
	testenv.Golden(t, "packages.golden", strings.Join(slices.Compact(all), "\n")+"\n")
}

// notSaid are strings of commands, outside of their tui*.go, that are no text for users.
var notSaid = []string{
	" any *:*",         // of a rule
	"2006-01-02 15:04", // a form of time
}

// Outside of files tui*.go commands have no text for users.
func TestUserTextIsInTUI(t *testing.T) {
	for _, file := range sources(t, "cmd/gobind*/*.go") {
		if strings.HasPrefix(filepath.Base(file), "tui") || filepath.Dir(file) == "cmd/gobind-helper" {
			continue
		}
		for _, text := range texts(parse(t, file)) {
			if !slices.Contains(notSaid, text) {
				t.Errorf("%s: %q belongs into tui.go", file, text)
			}
		}
	}
}

// mayUse is what files tui*.go may use of packages that do more than words.
var mayUse = map[string][]string{
	"os":   {"Stderr", "Stdout", "ErrPermission", "PathError", "SyscallError", "Getuid"},
	"unix": {"Errno", "ErrnoName", "ENOENT", "ECONNREFUSED", "EADDRINUSE", "EADDRNOTAVAIL"},
}

// Files tui*.go have text for users and nothing else: they read no files, start no
// programs and ask no kernel.
func TestTUIIsText(t *testing.T) {
	for _, file := range sources(t, "cmd/gobind*/tui*.go") {
		parsed := parse(t, file)
		for _, imported := range parsed.Imports {
			switch imported.Path.Value {
			case `"os/exec"`, `"os/user"`, `"os/signal"`, `"net"`, `"syscall"`, `"io/ioutil"`:
				t.Errorf("%s imports %s", file, imported.Path.Value)
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := selector.X.(*ast.Ident); ok {
				if may, known := mayUse[from.Name]; known && !slices.Contains(may, selector.Sel.Name) {
					t.Errorf("%s uses %s.%s", file, from.Name, selector.Sel.Name)
				}
			}
			return true
		})
	}
}
