package lint

import (
	"fmt"
	"math"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gobind/internal/tree"
	"gobind/policy"
)

// rulesEntry is a file of rules, as it should be.
func rulesEntry(name, text string) tree.Entry {
	e := tree.Entry{Path: "/etc/gobind/rules.d/" + name, Name: name, Content: []byte(text)}
	e.Stat.Mode = 0o100644
	e.Stat.Size = int64(len(text))
	return e
}

func show(all []Finding) string {
	var text strings.Builder
	for _, f := range all {
		fmt.Fprintf(&text, "%s:%d:%d: %s %s %q %q\n", f.File, f.Line, f.Column, f.Severity(), f.Kind, f.Subject, f.Detail)
		for instead := range strings.SplitSeq(f.Instead, "\n") {
			if f.Instead != "" {
				fmt.Fprintf(&text, "\t%s\n", instead)
			}
		}
	}
	return text.String()
}

// What is found in a file of rules: every faulty line, whom nobody knows, and what
// never decides.
func TestRules(t *testing.T) {
	text, err := os.ReadFile("testdata/all.rules")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "rules.golden", show(File(rulesEntry("all.rules", string(text)), false, fakeNames{})))
}

// A rule of an earlier file is hidden by one of a later file; files with other
// names are not read.
func TestRulesOfFiles(t *testing.T) {
	tr := newTree()
	files := []tree.Entry{
		rulesEntry("10-a.rules", "permit tomcat tcp *:80\n"), rulesEntry("20-b.rules", "deny tomcat any 0.0.0.0/0:* [::]/0:1-79,80-90\n"),
		rulesEntry("30-c", "nonsense"), rulesEntry("README", ""), rulesEntry(".50.rules.lock", ""),
		rulesEntry(".40-d.rules", "deny * any *:*\n"), rulesEntry("10-a.rules.example", ""),
	}
	tr.Rules = tree.Dir{Entry: dirEntry("/etc/gobind/rules.d"), Files: files}
	all := Trees([]tree.Tree{tr}, fakeNames{})
	golden(t, "rulesdir.golden", show(all))
}

// A rule that never decides can be left out: no decision changes.
func TestHiddenRulesDecideNothing(t *testing.T) {
	draw := func(t *rapid.T, label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(1, 6).Draw(t, "n") {
			lines = append(lines, strings.Join([]string{
				draw(t, "verdict", "permit", "deny"), draw(t, "who", "*", "tomcat", "7", ":web", "ghost", ":ghosts", "9"),
				draw(t, "protocol", "any", "tcp", "udp", "tcp,sctp"), draw(t, "addr", "*", "0.0.0.0/0", "[::]/0", "192.0.2.0/24", "192.0.2.1", "[::]") +
					":" + draw(t, "ports", "*", "80", "80-90", "1-79,80-1023", "443,80"),
			}, " "))
		}
		text := strings.Join(lines, "\n")
		rules, err := policy.ParseRules("f", []byte(text), fakeNames{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range File(rulesEntry("f.rules", text), false, fakeNames{}) {
			if f.Kind != RuleHidden && f.Kind != RuleRepeated {
				continue
			}
			found++
			without := slices.Delete(slices.Clone(rules), f.Line-1, f.Line)
			req := policy.Request{
				Subject:  policy.Subject{UID: rapid.SampledFrom([]uint32{0, 7, 9}).Draw(t, "uid"), GID: 5, Groups: []uint32{rapid.SampledFrom([]uint32{0, 8, 9}).Draw(t, "gid")}},
				Protocol: rapid.SampledFrom([]policy.Protocol{6, 17, 132}).Draw(t, "protocol"),
				Addr:     netip.MustParseAddr(draw(t, "addr", "192.0.2.1", "192.0.2.9", "::", "::1", "0.0.0.0", "::ffff:192.0.2.1")),
				Port:     rapid.SampledFrom([]uint16{1, 80, 85, 443, math.MaxUint16}).Draw(t, "port"),
			}
			a, b := policy.Evaluate(req, filesOf(rules)), policy.Evaluate(req, filesOf(without))
			if a.Verdict != b.Verdict {
				t.Fatalf("line %d of\n%s\ndecides about %+v: %v, without it %v", f.Line, text, req, a, b)
			}
		}
	})
	if found == 0 {
		t.Error("no rule was ever hidden")
	}
}

func filesOf(rules []policy.Rule) policy.Rules {
	return func(yield func(policy.RuleFile) bool) {
		yield(policy.RuleFile{File: "f", Rules: rules, Names: fakeNames{}})
	}
}

// A file of 20,000 rules is looked at in a short time.
func TestManyRules(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "permit %d tcp,udp 192.0.2.%d:%d *:%d\n", i%1000, i%256, 1+i%1023, 1+i%511)
	}
	done := make(chan []Finding, 1)
	go func() { done <- File(rulesEntry("f.rules", text.String()), false, fakeNames{}) }()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Error("still not done")
	}
}
