package policy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"gobind/policy"
)

// anyNames knows every name.
type anyNames struct{ fakeNames }

func (anyNames) User(string) (uint32, bool)                     { return uid, true }
func (anyNames) Group(string) (uint32, bool)                    { return uid, true }
func (anyNames) Service(string, policy.Protocol) (uint16, bool) { return 25, true }

// What the guide and the manual show as rules are rules.
func TestDocumentedRules(t *testing.T) {
	for file, blocks := range map[string]*regexp.Regexp{
		"../docs/rules.md":       regexp.MustCompile("(?s)```rules\n(.*?)```"),
		"../man/gobind.rules.5":  regexp.MustCompile(`(?s)\.Bd -literal -offset indent\n((?:permit|deny) .*?)\.Ed`),
		"../docs/rules.md table": regexp.MustCompile("(?m)^\\| `by.*\\| `((?:permit|deny)[^`]*)` \\|$"),
	} {
		path, _, _ := strings.Cut(file, " ")
		found := blocks.FindAllStringSubmatch(read(t, path), -1)
		if len(found) < 5 {
			t.Errorf("%s: %d examples", file, len(found))
		}
		for _, block := range found {
			if rules, err := policy.ParseRules(path, []byte(block[1]), anyNames{}); err != nil || len(rules) == 0 {
				t.Errorf("%q: %v", block[1], err)
			}
		}
	}
}

// The sample has no rule; without its marks every example of it is one.
func TestSampleRules(t *testing.T) {
	sample := read(t, "../etc/gobind/10-example.rules.sample")
	if rules, err := policy.ParseRules("sample", []byte(sample), anyNames{}); len(rules) != 0 || err != nil {
		t.Errorf("%v, %v", rules, err)
	}
	sample = regexp.MustCompile(`(?m)^#(permit|deny)`).ReplaceAllString(sample, "$1")
	if rules, err := policy.ParseRules("sample", []byte(sample), anyNames{}); len(rules) < 7 || err != nil {
		t.Errorf("%v, %v", rules, err)
	}
}

// The guide's table of which rule covers which bind.
func TestDocumentedAddresses(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `([^`]*:80)` \\|(.*)\\|$").FindAllStringSubmatch(read(t, "../docs/rules.md"), -1)
	if len(rows) != 7 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		for i, cell := range strings.Split(row[2], "|") {
			want := map[string]string{"yes": "permit a:1", "half": "one family, a:1", "": "nothing"}[strings.TrimSpace(cell)]
			addr := []string{"127.0.0.1", "0.0.0.0", "::1", "::"}[i]
			if got := said(policy.Evaluate(request(addr, 80), rulesOf("permit * any "+row[1]))); got != want {
				t.Errorf("%s, %s: %s, want %s", row[1], addr, got, want)
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
