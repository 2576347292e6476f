package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/internal/ruletext"
	"gobind/policy"
)

// What is a rule, and the one form of it. Nothing: the file has none.
func TestRules(t *testing.T) {
	long := "permit * any *:80 #" + strings.Repeat("x", 4096-19)
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"\n\n", ""},
		{" \t\n# permit * any *:*\n \t# x\n#", ""},
		{"permit * any *:*", "permit * any *:*"},
		{"deny\t*  any \t*:*\t ", "deny * any *:*"},
		{" permit * any *:80 # c # d", "permit * any *:80"},
		{"permit * any *:80 #", "permit * any *:80"},
		{long, "permit * any *:80"},
		{"# \u00e4\u00f6\u20ac\U0001f510\u00a0\ufffd", ""},

		{"permit alice any *:80", "permit alice any *:80"},
		{"permit nobody-knows any *:80", "permit nobody-knows any *:80"},
		{`permit DOM\carol any *:80`, `permit DOM\carol any *:80`},
		{"permit d.e-f_g@h+i$ any *:80", "permit d.e-f_g@h+i$ any *:80"},
		{"permit jürgen any *:80", "permit jürgen any *:80"},
		{"permit 0 any *:80", "permit 0 any *:80"},
		{"permit 4294967294 any *:80", "permit 4294967294 any *:80"},
		{"permit 1007x any *:80", "permit 1007x any *:80"},
		{"permit :web any *:80", "permit :web any *:80"},
		{"permit :0 any *:80", "permit :0 any *:80"},

		{"permit * tcp *:80", "permit * tcp *:80"},
		{"permit * udp,tcp *:80", "permit * tcp,udp *:80"},
		{"permit * sctp,sctp *:80", "permit * sctp *:80"},
		{"permit * sctp,tcp *:80", "permit * tcp,sctp *:80"},
		{"permit * sctp,udp *:80", "permit * udp,sctp *:80"},
		{"permit * sctp,tcp,udp *:80", "permit * any *:80"},

		{"permit * any 0.0.0.0:80", "permit * any 0.0.0.0:80"},
		{"permit * any 0.0.0.0/0:80", "permit * any 0.0.0.0/0:80"},
		{"permit * any 192.0.2.0/24:80", "permit * any 192.0.2.0/24:80"},
		{"permit * any 192.0.2.1/32:80", "permit * any 192.0.2.1:80"},
		{"permit * any [::]:80", "permit * any [::]:80"},
		{"permit * any [::]/0:80", "permit * any [::]/0:80"},
		{"permit * any [2001:DB8:0::]/32:80", "permit * any [2001:db8::]/32:80"},
		{"permit * any [::1]/128:80", "permit * any [::1]:80"},
		{"permit * any [::102:304]:80", "permit * any [::102:304]:80"},
		{"permit * any [::1.2.3.4]:80", "permit * any [::102:304]:80"},
		{"permit * any 1.2.3.4:80 [::1]:80-90 *:*", "permit * any 1.2.3.4:80 [::1]:80-90 *:*"},

		{"permit * any *:1,65535,80-443,80", "permit * any *:1,65535,80-443,80"},
		{"permit * any *:80-80,1-65535", "permit * any *:80,*"},
		{"permit * any *:http,9pfs,http-alt", "permit * any *:80,564,8080"},
		{"permit * any *:domain", "permit * any *:53"},
		{"permit * tcp *:shell", "permit * tcp *:514"},
		{"permit * udp *:syslog", "permit * udp *:514"},
		{"permit * tcp,udp *:apart", "permit * tcp,udp *:1"},
		{"permit * sctp *:apart", "permit * sctp *:2"},
	} {
		if got := canonical(t, test.text); got != test.want {
			t.Errorf("%q is %q, want %q", test.text, got, test.want)
		}
	}
}

// canonical is the rules of the text in their one form, which must be the same
// rules again.
func canonical(t *testing.T, text string) string {
	t.Helper()
	rules, err := policy.ParseRules("a", []byte(text), fakeNames{})
	if err != nil {
		t.Errorf("%q: %v", text, err)
	}
	again, err := policy.ParseRules("a", []byte(rewritten(rules)), fakeNames{})
	if diff := cmp.Diff(rules, again, byText); diff != "" || err != nil {
		t.Errorf("%q, written in its one form: %v\n%s", text, err, diff)
	}
	return strings.TrimLeft(rewritten(rules), "\n")
}

// rewritten is the rules in their one form, each on its line.
func rewritten(rules []policy.Rule) string {
	var text strings.Builder
	line := 1
	for _, rule := range rules {
		text.WriteString(strings.Repeat("\n", rule.Source.Line-line))
		text.WriteString(ruletext.Rule(rule))
		line = rule.Source.Line
	}
	return text.String()
}

// byText compares prefixes, which have no exported fields.
var byText = cmp.Comparer(func(a, b policy.Where) bool {
	return a.Prefix == b.Prefix && cmp.Equal(a.Ports, b.Ports)
})

func TestParsedRule(t *testing.T) {
	rules, err := policy.ParseRules("/r", []byte("\n# c\npermit ghost tcp *:80\n\ndeny :web udp [fe80::]/10:53,547 10.0.0.0/8:1-9"), fakeNames{})
	if err != nil || len(rules) != 2 {
		t.Fatalf("%+v, %v", rules, err)
	}
	got := fmt.Sprintf("%+v", rules)
	want := "[{Verdict:1 Who:{Kind:1 ID:0 Name:ghost Unknown:true} Protocols:[tcp] " +
		"Where:[{Prefix:invalid Prefix Ports:[{Min:80 Max:80}]}] Source:/r:3} " +
		"{Verdict:0 Who:{Kind:2 ID:2000 Name:web Unknown:false} Protocols:[udp] " +
		"Where:[{Prefix:fe80::/10 Ports:[{Min:53 Max:53} {Min:547 Max:547}]} {Prefix:10.0.0.0/8 Ports:[{Min:1 Max:9}]}] Source:/r:5}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Rules share arrays; none has a part of another's.
func TestRulesAreApart(t *testing.T) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "permit %d any", i)
		for j := range i%7 + 1 {
			fmt.Fprintf(&text, " 10.0.%d.%d:%d", i%256, j, i+1)
			for k := range i % 5 {
				fmt.Fprintf(&text, ",%d-%d", k+2, 1000+i)
			}
		}
		text.WriteString("\n")
	}
	rules, err := policy.ParseRules("a", []byte(text.String()), fakeNames{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rules {
		_ = append(rules[i].Where, policy.Where{})
		for j := range rules[i].Where {
			_ = append(rules[i].Where[j].Ports, policy.PortRange{})
		}
	}
	if diff := cmp.Diff(text.String(), rewritten(rules)+"\n"); diff != "" {
		t.Error(diff)
	}
}

func TestRuleErrorsStopAtTheFirst(t *testing.T) {
	rules, err := policy.ParseRules("/r", []byte("permit * any *:1\n\npermit * any *:0\npermit x\n"), fakeNames{})
	var bad *policy.RuleError
	if !errors.As(err, &bad) || rules != nil {
		t.Fatalf("%v, %v", rules, err)
	}
	if bad.Source != (policy.Source{File: "/r", Line: 3}) || bad.Column != 16 || !strings.HasPrefix(err.Error(), "/r:3:16: ") {
		t.Errorf("%+v: %v", bad, err)
	}
}
