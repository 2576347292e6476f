package lint

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gobind/internal/tree"
	"gobind/policy"
)

// fakeNames has two users, two groups and two services.
type fakeNames struct{}

func (fakeNames) User(name string) (uint32, bool) {
	uid, ok := map[string]uint32{"root": 0, "tomcat": 7}[name]
	return uid, ok
}

func (fakeNames) Group(name string) (uint32, bool) {
	gid, ok := map[string]uint32{"root": 0, "web": 8}[name]
	return gid, ok
}

func (fakeNames) Service(name string, _ policy.Protocol) (uint16, bool) {
	port, ok := map[string]uint16{"http": 80, "ldaps": 636}[name]
	return port, ok
}
func (fakeNames) HasUser(uid uint32) bool  { return uid == 0 || uid == 7 }
func (fakeNames) HasGroup(gid uint32) bool { return gid == 0 || gid == 8 }

// golden compares text with a file of testdata, which UPDATE=1 writes anew.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := "testdata/" + name
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs (UPDATE=1 writes it anew):\n%s", file, text)
	}
}

// What is found in each line, and what is to be written instead: the golden file
// has them all. What is to be written instead is a grant.
func TestLines(t *testing.T) {
	raw, err := os.ReadFile("testdata/lines")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, quoted := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		line := strings.NewReplacer(`\0`, "\x00", `\t`, "\t", `\r`, "\r", `\ufeff`, "\ufeff", `{298}`, strings.Repeat("#", tree.Chunk)).Replace(quoted)
		file := tree.Entry{Path: "/etc/authbind/byuid/7", Name: "7", Content: []byte(line + "\n")}
		file.Stat.Mode = 0o100644
		fmt.Fprintf(&all, "%s\n", quoted)
		for _, f := range File(file, false, fakeNames{}) {
			fmt.Fprintf(&all, "\t%s %d:%d %s %q %q\n", f.Severity(), f.Line, f.Column, f.Kind, f.Subject, f.Detail)
			for _, instead := range strings.Split(f.Instead, "\n") {
				if f.Instead == "" {
					continue
				}
				fmt.Fprintf(&all, "\t\t%s\n", instead)
				if _, ok := tree.ParseLine(instead); !ok {
					t.Errorf("%q: to be written instead is %q, which is no grant", line, instead)
				}
			}
		}
	}
	golden(t, "lines.golden", all.String())
}
