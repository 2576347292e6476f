package policy_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"gobind/policy"
)

// said is what a decision says, in words: "permit a:2", "deny a:2", "nothing",
// "one family, a:2", "syntax a:2:1", "unsafe a", "error a", with the file and line
// of its source, or "tree" and the reason for the word of a tree.
func said(d policy.Decision) string {
	verdict := map[policy.Verdict]string{policy.Permit: "permit", policy.Deny: "deny"}[d.Verdict]
	switch d.Reason {
	case policy.ReasonNoRule:
		return "nothing" + d.Source.String()
	case policy.ReasonRule:
		return verdict + " " + d.Source.String()
	case policy.ReasonDualStack:
		return "one family, " + d.Source.String()
	case policy.ReasonSyntax:
		return fmt.Sprintf("syntax %s:%d", d.Source, d.Syntax.Column)
	case policy.ReasonUnsafe:
		return "unsafe " + d.Source.String()
	case policy.ReasonError:
		return "error " + d.Source.String()
	case policy.ReasonAccess, policy.ReasonLine, policy.ReasonNotExecutable:
		return "tree: " + verdict
	}
	return "?"
}

// asked is a request of user alice (1000) of group alice (1000), in the groups web
// (2000) and bob (2002) too.
func asked(protocol policy.Protocol, addr string, port uint16) policy.Request {
	return policy.Request{
		Subject:  policy.Subject{UID: uid, GID: uid, Groups: []uint32{2000, 2002}},
		Protocol: protocol, Addr: netip.MustParseAddr(addr), Port: port,
	}
}

func TestRuleMatches(t *testing.T) {
	tcp, udp, sctp, dccp := policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP, policy.Protocol(0)
	for _, test := range []struct {
		rule string // without its verdict
		req  policy.Request
		want bool
	}{
		// Who.
		{"* any *:*", asked(tcp, "10.0.0.1", 80), true},
		{"alice any *:*", asked(tcp, "10.0.0.1", 80), true},
		{"1000 any *:*", asked(tcp, "10.0.0.1", 80), true},
		{"bob any *:*", asked(tcp, "10.0.0.1", 80), false},
		{"2000 any *:*", asked(tcp, "10.0.0.1", 80), false}, // a group's number
		{":alice any *:*", asked(tcp, "10.0.0.1", 80), true},
		{":1000 any *:*", asked(tcp, "10.0.0.1", 80), true},
		{":web any *:*", asked(tcp, "10.0.0.1", 80), true},
		{":2002 any *:*", asked(tcp, "10.0.0.1", 80), true},
		{":dns any *:*", asked(tcp, "10.0.0.1", 80), false},
		{":1001 any *:*", asked(tcp, "10.0.0.1", 80), false},
		{"0 any *:*", asked(tcp, "10.0.0.1", 80), false},
		{"root any *:*", asked(tcp, "10.0.0.1", 80), false},
		{":0 any *:*", asked(tcp, "10.0.0.1", 80), false},
		// Protocols.
		{"* tcp *:*", asked(tcp, "10.0.0.1", 80), true},
		{"* tcp *:*", asked(udp, "10.0.0.1", 80), false},
		{"* udp,sctp *:*", asked(udp, "10.0.0.1", 80), true},
		{"* udp,sctp *:*", asked(sctp, "10.0.0.1", 80), true},
		{"* udp,sctp *:*", asked(tcp, "10.0.0.1", 80), false},
		{"* udp,sctp *:*", asked(dccp, "10.0.0.1", 80), false},
		{"* any *:*", asked(udp, "10.0.0.1", 80), true},
		{"* any *:*", asked(sctp, "10.0.0.1", 80), true},
		{"* any *:*", asked(dccp, "10.0.0.1", 80), true},
		{"* tcp,udp,sctp *:*", asked(dccp, "10.0.0.1", 80), true},
		// Addresses.
		{"* any 10.0.0.1:*", asked(tcp, "10.0.0.1", 80), true},
		{"* any 10.0.0.1:*", asked(tcp, "10.0.0.2", 80), false},
		{"* any 10.0.0.0/8:*", asked(tcp, "10.255.255.255", 80), true},
		{"* any 10.0.0.0/8:*", asked(tcp, "11.0.0.0", 80), false},
		{"* any 10.0.0.0/8:*", asked(tcp, "9.255.255.255", 80), false},
		{"* any 10.0.0.0/31:*", asked(tcp, "10.0.0.1", 80), true},
		{"* any 10.0.0.0/31:*", asked(tcp, "10.0.0.2", 80), false},
		{"* any 0.0.0.0/0:*", asked(tcp, "255.255.255.255", 80), true},
		{"* any 0.0.0.0/0:*", asked(tcp, "0.0.0.0", 80), true},
		{"* any 0.0.0.0/0:*", asked(tcp, "::1", 80), false},
		{"* any 0.0.0.0:*", asked(tcp, "10.0.0.1", 80), false}, // no wildcard
		{"* any [::]:*", asked(tcp, "::1", 80), false},         // nor that
		{"* any [::]/0:*", asked(tcp, "::1", 80), true},
		{"* any [::]/0:*", asked(tcp, "10.0.0.1", 80), false},
		{"* any [::]/0:*", asked(tcp, "0.0.0.0", 80), false},
		{"* any [fe80::]/10:*", asked(tcp, "febf:ffff::1", 80), true},
		{"* any [fe80::]/10:*", asked(tcp, "fec0::", 80), false},
		{"* any [::1]:*", asked(tcp, "::1", 80), true},
		{"* any [::1]:*", asked(tcp, "127.0.0.1", 80), false},
		{"* any [::a00:1]:*", asked(tcp, "10.0.0.1", 80), false},
		{"* any 10.0.0.1:* [::1]:*", asked(tcp, "::1", 80), true},
		// Ports.
		{"* any *:80", asked(tcp, "10.0.0.1", 80), true},
		{"* any *:80", asked(tcp, "10.0.0.1", 81), false},
		{"* any *:1", asked(tcp, "10.0.0.1", 1), true},
		{"* any *:65535", asked(tcp, "10.0.0.1", 65535), true},
		{"* any *:80-443", asked(tcp, "10.0.0.1", 80), true},
		{"* any *:80-443", asked(tcp, "10.0.0.1", 443), true},
		{"* any *:80-443", asked(tcp, "10.0.0.1", 444), false},
		{"* any *:80-443", asked(tcp, "10.0.0.1", 79), false},
		{"* any *:80,443", asked(tcp, "10.0.0.1", 443), true},
		{"* any *:80,443", asked(tcp, "10.0.0.1", 81), false},
		{"* any *:*", asked(tcp, "10.0.0.1", 1), true},
		{"* any *:*", asked(tcp, "10.0.0.1", 65535), true},
		{"* any *:domain", asked(sctp, "10.0.0.1", 53), true},
		// The ports of one place are not those of another.
		{"* any 10.0.0.1:80 10.0.0.2:443", asked(tcp, "10.0.0.1", 443), false},
		{"* any 10.0.0.1:80 10.0.0.2:443", asked(tcp, "10.0.0.2", 443), true},
	} {
		for verdict, want := range map[string]string{"permit ": "permit a:1", "deny ": "deny a:1"} {
			if !test.want {
				want = "nothing"
			}
			if got := said(policy.Evaluate(test.req, rulesOf(verdict+test.rule))); got != want {
				t.Errorf("%s%s: %+v: %s, want %s", verdict, test.rule, test.req, got, want)
			}
			if got := rulesFile("a", verdict+test.rule).Rules[0].Matches(test.req, fakeNames{}); got != test.want {
				t.Errorf("%s%s: %+v matches: %v, want %v", verdict, test.rule, test.req, got, test.want)
			}
		}
	}
}

func TestLastMatchWins(t *testing.T) {
	const yes, no, other = "permit alice tcp *:80\n", "deny alice tcp *:80\n", "deny bob tcp *:80\n"
	for _, test := range []struct {
		files []string
		want  string
	}{
		{nil, "nothing"},
		{[]string{""}, "nothing"},
		{[]string{other}, "nothing"},
		{[]string{yes}, "permit a:1"},
		{[]string{yes + no}, "deny a:2"},
		{[]string{no + yes}, "permit a:2"},
		{[]string{no + yes + other}, "permit a:2"},
		{[]string{yes + yes}, "permit a:2"},
		{[]string{yes + no + "# end"}, "deny a:2"},
		{[]string{"permit * any *:*\n" + no}, "deny a:2"},
		{[]string{"\n\n" + no + "\n" + "permit :web any 0.0.0.0/0:http\n"}, "permit a:5"},
		{[]string{yes, no}, "deny b:1"},
		{[]string{no, yes}, "permit b:1"},
		{[]string{no + yes, other}, "permit a:2"},
		{[]string{yes, other, ""}, "permit a:1"},
		{[]string{no, other + yes + other, other}, "permit b:2"},
	} {
		if got := said(policy.Evaluate(asked(policy.ProtocolTCP, "10.0.0.1", 80), rulesOf(test.files...))); got != test.want {
			t.Errorf("%q: %s, want %s", test.files, got, test.want)
		}
	}
}

// A faulty file denies what no later file decides, and nothing before it is read.
func TestFaultyFiles(t *testing.T) {
	const yes, no, other, bad = "permit alice tcp *:80\n", "deny alice tcp *:80\n", "deny bob tcp *:80\n", "permit alice tcp *:80\n  allow\n"
	unsafe := policy.RuleFile{File: "u", Fault: policy.Fault{Unsafe: true}}
	unreadable := policy.RuleFile{File: "e", Rules: rulesFile("e", yes).Rules, Fault: policy.Fault{Errno: 5}}
	vanished := policy.RuleFile{File: "v", Fault: policy.Fault{Errno: policy.ENOENT}}
	strange := policy.RuleFile{File: "s", Fault: errors.New("strange")}
	a := func(text string) policy.RuleFile { return rulesFile("a", text) }
	z := func(text string) policy.RuleFile { return rulesFile("z", text) }
	for _, test := range []struct {
		files []policy.RuleFile // in order
		want  string
		read  int // from the last
	}{
		{[]policy.RuleFile{a(bad)}, "syntax a:2:3", 1},
		{[]policy.RuleFile{unsafe}, "unsafe u", 1},
		{[]policy.RuleFile{unreadable}, "error e", 1},
		{[]policy.RuleFile{vanished}, "error v", 1},
		{[]policy.RuleFile{strange}, "error s", 1},
		{[]policy.RuleFile{a(yes), z(bad)}, "syntax z:2:3", 1},
		{[]policy.RuleFile{a(yes), unsafe}, "unsafe u", 1},
		{[]policy.RuleFile{a(bad), z(yes)}, "permit z:1", 1},
		{[]policy.RuleFile{a(bad), z(no)}, "deny z:1", 1},
		{[]policy.RuleFile{unsafe, z(yes)}, "permit z:1", 1},
		{[]policy.RuleFile{unreadable, z(no)}, "deny z:1", 1},
		{[]policy.RuleFile{a(bad), z(other)}, "syntax a:2:3", 2},
		{[]policy.RuleFile{unsafe, z(other)}, "unsafe u", 2},
		{[]policy.RuleFile{a(bad), unsafe}, "unsafe u", 1},
		{[]policy.RuleFile{unsafe, a(bad)}, "syntax a:2:3", 1},
		{[]policy.RuleFile{a(yes), unsafe, z(other)}, "unsafe u", 2},
		{[]policy.RuleFile{a(yes), z(other)}, "permit a:1", 2},
	} {
		read := 0
		rules := func(yield func(policy.RuleFile) bool) {
			for _, file := range slices.Backward(test.files) {
				read++
				if !yield(file) {
					return
				}
			}
		}
		tree := treeThat("/t", "permits the port")
		d := policy.Evaluate(asked(policy.ProtocolTCP, "127.0.0.1", 80), rules, tree)
		if got := said(d); got != test.want || read != test.read {
			t.Errorf("%+v: %s, want %s; read %d files, want %d", test.files, got, test.want, read, test.read)
		}
		if (d.Syntax != nil) != (d.Reason == policy.ReasonSyntax) {
			t.Errorf("%+v: %+v", test.files, d)
		}
		if d.Verdict == policy.Permit {
			continue
		}
		if last := slices.Contains(tree.asked, "open"); !last || d.Errno != policy.EACCES { // for the errno alone
			t.Errorf("%+v: %v, %q", test.files, d.Errno, tree.asked)
		}
	}
}

// A name that the system's files lack may be somebody's elsewhere: it permits to
// nobody and is denied to everybody who has no name here.
func TestUnknownNames(t *testing.T) {
	alice := policy.Subject{UID: uid, GID: uid, Groups: []uint32{2000}}
	nameless := policy.Subject{UID: 5000, GID: 2000, Groups: []uint32{2001}}
	primary := policy.Subject{UID: uid, GID: 5000, Groups: []uint32{2000}}
	supplementary := policy.Subject{UID: uid, GID: 2000, Groups: []uint32{2001, 5000}}
	for _, test := range []struct {
		rule    string
		subject policy.Subject
		want    string
	}{
		{"permit ghost any *:*", alice, "nothing"},
		{"permit ghost any *:*", nameless, "nothing"},
		{"permit ghost any *:*", policy.Subject{}, "nothing"}, // whose uid is that of the Who
		{"permit :ghost any *:*", alice, "nothing"},
		{"permit :ghost any *:*", primary, "nothing"},
		{"permit :ghost any *:*", policy.Subject{}, "nothing"},
		{"deny ghost any *:*", alice, "nothing"},
		{"deny ghost any *:*", policy.Subject{}, "nothing"},
		{"deny ghost any *:*", nameless, "deny a:1"},
		{"deny ghost any *:*", primary, "nothing"},
		{"deny ghost any *:81", nameless, "nothing"},
		{"deny :ghost any *:*", alice, "nothing"},
		{"deny :ghost any *:*", nameless, "nothing"},
		{"deny :ghost any *:*", primary, "deny a:1"},
		{"deny :ghost any *:*", supplementary, "deny a:1"},
		{"deny :ghost udp *:*", supplementary, "nothing"},
		{"deny 5000 any *:*", nameless, "deny a:1"}, // a number needs no name
		{"permit 5000 any *:*", nameless, "permit a:1"},
		{"permit :5000 any *:*", supplementary, "permit a:1"},
		{"deny dns any *:*", nameless, "deny a:1"}, // a group's name, and no user's
		{"deny :root any *:*", alice, "nothing"},
	} {
		req := policy.Request{Subject: test.subject, Protocol: policy.ProtocolTCP, Addr: netip.MustParseAddr("10.0.0.1"), Port: 80}
		if got := said(policy.Evaluate(req, rulesOf(test.rule))); got != test.want {
			t.Errorf("%s: %+v: %s, want %s", test.rule, test.subject, got, test.want)
		}
	}
	// Without the names of the file nobody is known to have one.
	for rule, want := range map[string]string{"deny ghost any *:*": "deny a:1", "deny :ghost any *:*": "deny a:1", "permit ghost any *:*": "nothing"} {
		file := rulesFile("a", rule)
		file.Names = nil
		if got := said(policy.Evaluate(asked(policy.ProtocolTCP, "::1", 80), slices.Values([]policy.RuleFile{file}))); got != want {
			t.Errorf("%s without names: %s, want %s", rule, got, want)
		}
	}
}
