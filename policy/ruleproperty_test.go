package policy_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gobind/policy"
)

// anyRule draws lines that are rules, or nearly.
func anyRule() *rapid.Generator[string] {
	pick := func(words string) *rapid.Generator[string] { return rapid.SampledFrom(strings.Fields(words)) }
	verdict := pick("permit permit permit permit deny deny deny allow")
	who := pick("* * * alice alice 1000 :web :1000 :2002 bob :dns 1001 ghost :ghost 5000 :5000 root alice,bob %web 01")
	protocol := pick("tcp tcp any any udp tcp,udp udp,sctp sctp,udp,tcp sctp tcp,any TCP")
	host := pick("* * * 0.0.0.0 0.0.0.0/0 [::] [::]/0 127.0.0.1 127.0.0.0/8 [::1] [::]/64 10.0.0.0/7 [fe80::]/10 [2001:db8::]/33 " +
		"127.0.0.1/8 [::1]/64 ::1 [::ffff:127.0.0.1] 0.0.0.0/33 [::1 [127.0.0.1] [::0.0.0.1]/128")
	port := pick("80 80 80 * * 1-1023 80-443 443 1 65535 http domain syslog shell 79-81 two apart 0 81-80 080 65536 - 1-2-3")
	blank := rapid.SampledFrom([]string{" ", " ", " ", "\t", "  "})
	tail := rapid.SampledFrom([]string{"", "", "", "", " ", " # c", "#c", " #", "\r", " \x00"})
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "empty") == 0 {
			return rapid.SampledFrom([]string{"", " ", "# permit * any *:*", "\t#"}).Draw(t, "comment")
		}
		line := verdict.Draw(t, "verdict")
		for _, g := range []*rapid.Generator[string]{who, protocol} {
			line += blank.Draw(t, "blank") + g.Draw(t, "word")
		}
		for range rapid.IntRange(1, 2).Draw(t, "places") {
			line += blank.Draw(t, "blank") + host.Draw(t, "host") + ":" + port.Draw(t, "port")
			if rapid.IntRange(0, 3).Draw(t, "more") == 0 {
				line += "," + port.Draw(t, "another")
			}
		}
		return line + tail.Draw(t, "tail")
	})
}

// goodRule draws lines that are rules or none at all.
func goodRule() *rapid.Generator[string] {
	return anyRule().Filter(func(line string) bool { _, bad := modelParse(line); return bad == 0 })
}

func anyRequest() *rapid.Generator[policy.Request] {
	addr := rapid.SampledFrom([]string{"::", "::", "0.0.0.0", "127.0.0.1", "::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "11.0.0.1", "2001:db8:8000::1"})
	protocol := rapid.SampledFrom([]policy.Protocol{policy.ProtocolTCP, policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP, 0})
	port := rapid.SampledFrom([]uint16{80, 80, 80, 53, 443, 1, 65535, 514, 81})
	id := rapid.SampledFrom([]uint32{uid, uid, uid, 1001, 0, 2000, 2001, 5000})
	return rapid.Custom(func(t *rapid.T) policy.Request {
		return policy.Request{
			Subject:  policy.Subject{UID: id.Draw(t, "uid"), GID: id.Draw(t, "gid"), Groups: rapid.SliceOfN(id, 0, 3).Draw(t, "groups")},
			Protocol: protocol.Draw(t, "protocol"), Addr: netip.MustParseAddr(addr.Draw(t, "addr")), Port: port.Draw(t, "port"),
		}
	})
}

// A line is a rule if the model says so.
func TestRuleModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkParsed(t, anyRule().Draw(t, "line")) })
}

// checkParsed compares the first bad line of the text with the model's.
func checkParsed(t interface{ Errorf(string, ...any) }, text string) []policy.Rule {
	rules, err := policy.ParseRules("a", []byte(text), fakeNames{})
	_, want := modelParse(text)
	var bad *policy.RuleError
	got := 0
	if errors.As(err, &bad) {
		got = bad.Source.Line
	}
	if got != want {
		t.Errorf("%q: the bad line is %d (%v), want %d", text, got, err, want)
	}
	return rules
}

// Files of rules, some of them faulty, say of a request what the model says.
func TestJudgementModel(t *testing.T) {
	line := rapid.OneOf(goodRule(), goodRule(), goodRule(), goodRule(), goodRule(), goodRule(), goodRule(), anyRule())
	file := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, "lines"), "\n")
	})
	counts := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(file, 0, 3).Draw(t, "files")
		for range 20 {
			req := anyRequest().Draw(t, "request")
			counts[checkSaid(t, req, texts...)]++
		}
	})
	for _, what := range []string{"nothing", "permit", "deny", "syntax"} {
		if counts[what] == 0 {
			t.Errorf("none of %q: %v", what, counts)
		}
	}
}

// The rules for a subject are those about it, one by one.
func TestParseRulesFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(anyRule(), 0, 8).Draw(t, "lines"), "\n")
		checkFor(t, anyRequest().Draw(t, "request").Subject, text)
		checkFor(t, anyRequest().Draw(t, "request").Subject, strings.Join(rapid.SliceOfN(goodRule(), 0, 8).Draw(t, "rules"), "\n"))
	})
}

// checkFor compares the rules for the subject with those of all that are about it.
func checkFor(t interface{ Errorf(string, ...any) }, who policy.Subject, text string) {
	all, err1 := policy.ParseRules("a", text, fakeNames{})
	some, err2 := policy.ParseRulesFor(who, "a", []byte(text), fakeNames{})
	about := slices.DeleteFunc(all, func(r policy.Rule) bool { return !r.IsAbout(who, fakeNames{}) })
	if diff := cmp.Diff(about, some, byText, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q for %+v: (-all +some)\n%s", text, who, diff)
	}
	if diff := cmp.Diff(err1, err2, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q for %+v: %v, and %v", text, who, err1, err2)
	}
}

// checkSaid compares what the files say of the request with what the model says,
// and returns its first word.
func checkSaid(t interface{ Errorf(string, ...any) }, req policy.Request, texts ...string) string {
	d := policy.Evaluate(req, rulesOf(texts...))
	got, want := said(d), modelSaid(req, texts...)
	if d.Reason == policy.ReasonSyntax {
		got = "syntax " + d.Source.String()
	}
	if got != want {
		t.Errorf("%q: %+v: %s, want %s", texts, req, got, want)
	}
	first, _, _ := strings.Cut(want, " ")
	return first
}
