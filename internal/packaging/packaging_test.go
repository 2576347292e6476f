package packaging

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func TestVersions(t *testing.T) {
	for version, want := range map[string][2]string{
		"1.2.3":        {"1.2.3", "1.2.3"},
		"0.1.0-dev":    {"0.1.0~dev", "0.1.0_pre"},
		"1.0.0-rc.2":   {"1.0.0~rc.2", "1.0.0_rc2"},
		"1.0.0-beta":   {"1.0.0~beta", "1.0.0_beta"},
		"1.0.0-rc.2-x": {"1.0.0~rc.2_x", "1.0.0_rc"},
	} {
		if got := [2]string{Debian(version), Alpine(version)}; got != want {
			t.Errorf("%s: %v, want %v", version, got, want)
		}
	}
}

const log = `# Changelog

## [Unreleased]

### Added

- One thing,
  on two lines.

### Fixed

- Another.

## [0.1.0] - 2026-01-31

- The ` + "`first`" + `.
`

func TestChangelog(t *testing.T) {
	entries, err := ReadChangelog(log, "0.2.0-dev", day)
	if err != nil {
		t.Fatal(err)
	}
	const want = `gobind (0.2.0~dev-1) unstable; urgency=medium

  * One thing, on two lines.
  * Another.

 -- The gobind authors <gobind@example.org>  Tue, 24 Nov 2026 09:00:00 +0000

gobind (0.1.0-1) unstable; urgency=medium

  * The first.

 -- The gobind authors <gobind@example.org>  Sat, 31 Jan 2026 12:00:00 +0000
`
	if got := DebianChangelog("gobind", entries); got != want {
		t.Errorf("%s", got)
	}
	text, err := NFPMChangelog(entries)
	if err != nil || !json.Valid(text) || !bytes.Contains(text, []byte(`"0.2.0~dev-1"`)) {
		t.Errorf("%v\n%s", err, text)
	}
}

// A version that the changelog does not speak of gets an entry; a heading without a
// date is an error that says where.
func TestChangelogWithout(t *testing.T) {
	entries, err := ReadChangelog("## [Unreleased]\n\n## [0.1.0] - 2026-01-31\n\n- x\n", "0.1.1", day)
	if err != nil || len(entries) != 2 || entries[0].Version != "0.1.1" || len(entries[0].Changes) != 1 {
		t.Errorf("%v %v", entries, err)
	}
	_, err = ReadChangelog("# C\n\n## [0.1.0]\n", "0.1.0", day)
	if err == nil || !strings.HasPrefix(err.Error(), "CHANGELOG.md:3: ") {
		t.Errorf("no date: %v", err)
	}
}

func repo(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The repository's own changelog can be read, and debian/changelog is of the version
// that VERSION names.
func TestOurs(t *testing.T) {
	version := strings.TrimSpace(repo(t, "VERSION"))
	if _, err := ReadChangelog(repo(t, "CHANGELOG.md"), version, day); err != nil {
		t.Error(err)
	}
	want := "gobind (" + Debian(version) + "-" + Revision + ") "
	if got := repo(t, "debian/changelog"); !strings.HasPrefix(got, want) {
		t.Errorf("debian/changelog begins %.40q, want %q", got, want)
	}
}

// words are those of a text, without line breaks and dots on a line of their own.
func words(text string) string {
	var list []string
	for _, w := range strings.Fields(text) {
		if w != "." {
			list = append(list, w)
		}
	}
	return strings.Join(list, " ")
}

// What terms says of a module is what the module's own licence file says, and its
// text is in debian/copyright.
func TestTerms(t *testing.T) {
	copyright := repo(t, "debian/copyright")
	for module, term := range terms {
		args := []string{"list", "-m", "-f", "{{.Dir}}", module}
		if module == "std" {
			args = []string{"env", "GOROOT"}
		}
		out, err := exec.Command("go", args...).Output()
		if err != nil {
			t.Fatalf("go %q: %v", args, err)
		}
		found, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "[CL][OI][PC][YE]*"))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no licence file (%v)", module, err)
		}
		text, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`(?m)^Copyright (?:\(c\) |\(C\) )?([0-9, ]+ .*?)\.?(?: All rights reserved\.)?$`).FindAllStringSubmatch(string(text), -1)
		var holders []string
		for _, found := range named {
			holders = append(holders, found[1])
		}
		if got := strings.Join(holders, "\n"); got != term[1] {
			t.Errorf("%s: its licence names %q, and terms %q", module, got, term[1])
		}
		if !strings.Contains(words(copyright), words(string(text))) {
			t.Errorf("debian/copyright lacks the licence of %s", module)
		}
		if !strings.Contains(copyright, "  "+module) || !strings.Contains(copyright, "License: "+term[0]+"\n") {
			t.Errorf("debian/copyright does not name %s, %s", module, term[0])
		}
	}
}

// The same programs and date make the same list.
func TestSBOM(t *testing.T) {
	p := Program{Name: "usr/bin/x", Modules: []Module{{Path: "golang.org/x/sys", Version: "v0.1.0", Sum: "h1:x", Licence: "BSD-3-Clause"}}}
	one, err := SBOM("1.0.0", day, []Program{p})
	if err != nil {
		t.Fatal(err)
	}
	two, err := SBOM("1.0.0", day, []Program{p})
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("two lists of the same differ (%v)", err)
	}
	for _, want := range []string{`"SPDXRef-Module-golang.org-x-sys"`, `"pkg:golang/golang.org/x/sys@v0.1.0"`, `"STATIC_LINK"`, `"2026-11-24T09:00:00Z"`} {
		if !bytes.Contains(one, []byte(want)) {
			t.Errorf("lacks %s:\n%s", want, one)
		}
	}
}

// What is linked into programs is named once each.
func TestBundled(t *testing.T) {
	sys := Module{Path: "golang.org/x/sys", Version: "v0.1.0"}
	got := Bundled([]Program{{Modules: []Module{sys, {Path: "std", Version: "1.26"}}}, {Modules: []Module{{Path: "go4.org/netipx", Version: "v0.0.0-2023-f"}, sys}}})
	want := []string{"bundled(golang(go4.org/netipx)) = 0.0.0~2023~f", "bundled(golang(golang.org/x/sys)) = 0.1.0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What is no Go program has no list, and a module without terms is told.
func TestReadProgram(t *testing.T) {
	if _, err := ReadProgram("packaging_test.go", "/x"); err == nil {
		t.Error("a text was read as a program")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadProgram(self, "/usr/bin/x")
	if err != nil || p.Name != "usr/bin/x" || len(p.SHA256) != 64 || p.Modules[len(p.Modules)-1].Path != "std" {
		t.Errorf("%+v %v", p, err)
	}
	std := terms["std"]
	defer func() { terms["std"] = std }()
	delete(terms, "std")
	if _, err := ReadProgram(self, "/x"); err == nil || !strings.Contains(err.Error(), "put its licence down") {
		t.Errorf("a module without terms: %v", err)
	}
}
