package policy_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"gobind/policy"
)

// manyRules are n rules of users that nobody here is, of several kinds.
func manyRules(n int) []byte {
	forms := []string{
		"permit %d tcp *:80,443\n",
		"deny user%d udp 192.0.2.0/24:53  # and why\n",
		"permit :%d tcp,udp 192.0.2.53:53 [2001:db8::53]:domain\n",
		"permit %d any [2001:db8::]/32:1-1023\n",
	}
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, forms[i%len(forms)], 100_000+i)
	}
	return []byte(text.String())
}

// Parsing and judging a file of so many rules, of which none matches.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		text := manyRules(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := policy.Evaluate(request("::", 80), rulesOf(string(text))); d.Reason != policy.ReasonNoRule {
					b.Fatal(d)
				}
			}
		})
	}
}

// Parsing the rules for one subject of a file of others'.
func BenchmarkRulesFor(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		text := string(manyRules(n))
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if rules, err := policy.ParseRulesFor(request("::", 80).Subject, "a", text, fakeNames{}); len(rules) > 0 || err != nil {
					b.Fatal(rules, err)
				}
			}
		})
	}
}

// Judging by a later file costs the same whatever an earlier one holds.
func BenchmarkRulesOfOthers(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		rules := rulesOf(string(manyRules(n)), "permit alice tcp *:80\n")
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := policy.Evaluate(request("::", 80), rules); d.Verdict != policy.Permit {
					b.Fatal(d)
				}
			}
		})
	}
}

// Rules are parsed and judged with few allocations, and the more rules there are,
// the fewer there are for each.
func TestRulesAllocateLittle(t *testing.T) {
	text := manyRules(10_000)
	rules := rulesOf("", string(text))
	if n := testing.AllocsPerRun(3, func() { policy.Evaluate(request("::", 80), rules) }); n > 1000 {
		t.Errorf("%.0f allocations for 10,000 rules", n)
	}
	forOne := func() { _, _ = policy.ParseRulesFor(request("::", 80).Subject, "a", string(text), fakeNames{}) }
	if n := testing.AllocsPerRun(3, forOne); n > 100 {
		t.Errorf("%.0f allocations for 10,000 rules of others", n)
	}
	parsed := rulesFile("a", string(text))
	yield := func(yield func(policy.RuleFile) bool) { yield(parsed) }
	if n := testing.AllocsPerRun(3, func() { policy.Evaluate(request("::", 80), yield) }); n > 20 {
		t.Errorf("%.0f allocations to judge by them", n)
	}
}
