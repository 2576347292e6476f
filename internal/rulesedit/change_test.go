package rulesedit_test

import (
	"strings"
	"testing"

	"gobind/internal/rulesedit"
	"gobind/policy"
)

// fakeNames knows alice (1), bob (2), :web (10), :dns (11), http and domain.
type fakeNames struct{}

func (fakeNames) User(name string) (uint32, bool) {
	id, ok := map[string]uint32{"alice": 1, "bob": 2}[name]
	return id, ok
}

func (fakeNames) Group(name string) (uint32, bool) {
	id, ok := map[string]uint32{"web": 10, "dns": 11}[name]
	return id, ok
}

func (fakeNames) Service(name string, _ policy.Protocol) (uint16, bool) {
	port, ok := map[string]uint16{"http": 80, "domain": 53}[name]
	return port, ok
}

func (fakeNames) HasUser(uid uint32) bool  { return uid == 1 || uid == 2 }
func (fakeNames) HasGroup(gid uint32) bool { return gid == 10 || gid == 11 }

// parse is a file of rules that must be right.
func parse(t interface{ Fatal(...any) }, name, text string) policy.RuleFile {
	file := rulesedit.Parse(name, []byte(text), fakeNames{})
	if file.Fault != nil {
		t.Fatal(file.Fault)
	}
	return file
}

// rule is one rule, permit and the words.
func rule(t interface{ Fatal(...any) }, words string) *policy.Rule {
	return &parse(t, "", "permit "+words).Rules[0]
}

func TestPermitText(t *testing.T) {
	for _, test := range []struct{ before, after string }{
		{"# mine\n\tpermit  bob tcp *:1 # why\n", "# mine\n\tpermit  bob tcp *:1 # why\nR\n"},
		{"no newline", "no newline\nR\n"},
		{"\n", "\nR\n"},
	} {
		if got := rulesedit.Permit(test.before, "R").Text(); got != test.after {
			t.Errorf("%q: %q, want %q", test.before, got, test.after)
		}
	}
	made := rulesedit.Permit("", "R").Text()
	if !strings.HasPrefix(made, "# ") || !strings.HasSuffix(made, "\nR\n") || strings.Count(made, "\n") != 3 {
		t.Errorf("a new file: %q", made)
	}
}

// What is revoked goes; all else stays to the byte.
func TestRevokeText(t *testing.T) {
	const same = "\x00"
	for _, test := range []struct{ before, revoke, after string }{
		{"permit alice tcp *:80\n", "alice tcp *:80", ""},
		{"permit alice tcp *:80", "alice tcp *:80", ""},
		{"# a\n permit\talice tcp *:80 # b\n# c\n", "alice tcp *:80", "# a\n# c\n"},
		{"permit 1 tcp *:80\npermit alice tcp *:http\n", "alice tcp *:80", ""},
		{"permit alice tcp *:80\npermit alice tcp *:80\n", "1 tcp *:80", ""},
		{"permit alice tcp 192.0.2.1:80\n", "alice tcp 192.0.2.0/24:1-100", ""},
		{"permit gone tcp *:80\n", "gone tcp *:80", ""},
		{"permit :gone tcp *:80\n", ":gone tcp *:80", ""},
		{"permit :web tcp *:80\n", ":10 tcp *:80", ""},
		{"permit * tcp *:80\n", "* tcp *:80", ""},
		{"permit alice any *:80\n", "alice tcp,udp,sctp *:80", ""},
		// Not theirs, or no permission.
		{"permit bob tcp *:80\n", "alice tcp *:80", same},
		{"permit :web tcp *:80\n", "alice tcp *:80", same},
		{"permit * tcp *:80\n", "alice tcp *:80", same},
		{"permit alice tcp *:80\n", "* tcp *:80", same},
		{"permit gone tcp *:80\n", "other tcp *:80", same},
		{"deny alice tcp *:80\n", "alice tcp *:80", same},
		{"permit alice tcp *:81\n", "alice tcp *:80", same},
		{"permit alice udp *:80\n", "alice tcp *:80", same},
		// Ports, places and protocols of a rule.
		{"permit alice tcp *:80,443 # x\n", "alice tcp *:443", "permit alice tcp *:80 # x\n"},
		{"permit alice tcp *:http,443", "alice tcp *:80", "permit alice tcp *:443"},
		{"permit alice tcp *:1-9,443,20-29\n", "alice tcp *:1-100", "permit alice tcp *:443\n"},
		{"permit alice tcp  *:80   [::1]:80\t# x\n", "alice tcp [::1]:80", "permit alice tcp  *:80\t# x\n"},
		{"permit alice tcp *:80 [::1]:53,81 10.0.0.1:53\n", "alice tcp *:53,80", "permit alice tcp [::1]:81\n"},
		{"permit alice tcp,udp *:80 # x\n", "alice tcp *:*", "permit alice udp *:80 # x\n"},
		{"permit alice any *:80,443\n", "alice udp *:80,443", "permit alice tcp,sctp *:80,443\n"},
		{"permit alice udp,udp,tcp *:53 [::1]:53\n", "alice udp *:domain", "permit alice tcp *:53 [::1]:53\n"},
		{"permit alice tcp,udp *:80,443\n", "alice tcp,udp *:80", "permit alice tcp,udp *:443\n"},
		// No word says what would be left.
		{"permit alice tcp *:1-1023\n", "alice tcp *:80", same},
		{"permit alice tcp *:80\n", "alice tcp 127.0.0.1:80", same},
		{"permit alice tcp,udp *:80,443\n", "alice tcp *:80", same},
		{"permit alice tcp *:80,1-9\n", "alice tcp *:5,80", "permit alice tcp *:1-9\n"},
		{"permit alice any *:80,443 *:53\n", "alice tcp,udp *:53,80", same},
	} {
		want := test.after
		if want == same {
			want = test.before
		}
		rules := parse(t, "f", test.before).Rules
		if got := rulesedit.Revoke(test.before, rules, rule(t, test.revoke)).Text(); got != want {
			t.Errorf("%q without %s: %q, want %q", test.before, test.revoke, got, want)
		}
	}
}
