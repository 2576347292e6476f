package policy_test

import (
	"testing"

	"gobind/policy"
)

// To rules an IPv4-mapped address is the IPv4 address, and nothing else.
func TestMappedAddresses(t *testing.T) {
	for _, test := range []struct{ addr, where, want string }{
		{"::ffff:10.0.0.1", "10.0.0.1:80", "permit a:1"},
		{"::ffff:10.0.0.1", "10.0.0.0/8:80", "permit a:1"},
		{"::ffff:10.0.0.1", "0.0.0.0/0:80", "permit a:1"},
		{"::ffff:10.0.0.1", "*:80", "permit a:1"},
		{"::ffff:10.0.0.1", "10.0.0.2:80", "nothing"},
		{"::ffff:10.0.0.1", "[::]/0:80", "nothing"},
		{"::ffff:10.0.0.1", "[::]/80:80", "nothing"},
		{"::ffff:10.0.0.1", "[::]:80", "nothing"},
		{"::ffff:0.0.0.0", "0.0.0.0:80", "permit a:1"},
		{"::ffff:0.0.0.0", "[::]/0:80", "nothing"},
		{"::ffff:0.0.0.0", "[::]:80", "nothing"},
		{"::10.0.0.1", "10.0.0.1:80", "nothing"}, // IPv4-compatible is IPv6
		{"::10.0.0.1", "[::]/0:80", "permit a:1"},
		{"::fffe:10.0.0.1", "10.0.0.1:80", "nothing"},
		{"64:ff9b::10.0.0.1", "10.0.0.1:80", "nothing"},
	} {
		if got := said(policy.Evaluate(request(test.addr, 80), rulesOf("permit * any "+test.where))); got != test.want {
			t.Errorf("%s by %s: %s, want %s", test.addr, test.where, got, test.want)
		}
	}
}

// A bind to [::] takes 0.0.0.0 as well, and needs both.
func TestDualStack(t *testing.T) {
	const (
		yes4, yes6, yes = "permit * any 0.0.0.0:80\n", "permit * any [::]:80\n", "permit * any *:80\n"
		no4, no6, no    = "deny * any 0.0.0.0:80\n", "deny * any [::]:80\n", "deny * any *:80\n"
		both, prefixes  = "permit * any [::]:80 0.0.0.0:80\n", "permit * any 0.0.0.0/0:80 [::]/0:80\n"
		none            = "permit * any 127.0.0.1:80 [::1]:80\n"
	)
	for _, test := range []struct {
		files            []string
		want, want4, one string // of [::], of 0.0.0.0, and of [::] if the tree permits
	}{
		{[]string{""}, "nothing", "nothing", "tree: permit"},
		{[]string{none}, "nothing", "nothing", "tree: permit"},
		{[]string{yes}, "permit a:1", "permit a:1", "permit a:1"},
		{[]string{both}, "permit a:1", "permit a:1", "permit a:1"},
		{[]string{prefixes}, "permit a:1", "permit a:1", "permit a:1"},
		{[]string{yes4 + yes6}, "permit a:1", "permit a:1", "permit a:1"},
		{[]string{yes6 + yes4}, "permit a:1", "permit a:2", "permit a:1"},
		{[]string{yes4}, "one family, a:1", "permit a:1", "tree: permit"},
		{[]string{yes6}, "one family, a:1", "nothing", "tree: permit"},
		{[]string{"permit * any [::]/0:80\n"}, "one family, a:1", "nothing", "tree: permit"},
		{[]string{"permit * any 0.0.0.0/0:80\n"}, "one family, a:1", "permit a:1", "tree: permit"},
		{[]string{no}, "deny a:1", "deny a:1", "deny a:1"},
		{[]string{no4}, "deny a:1", "deny a:1", "deny a:1"},
		{[]string{no6}, "deny a:1", "nothing", "deny a:1"},
		{[]string{no4 + no6}, "deny a:2", "deny a:1", "deny a:2"},
		{[]string{yes4 + no6}, "deny a:2", "permit a:1", "deny a:2"},
		{[]string{no6 + yes4}, "deny a:1", "permit a:2", "deny a:1"},
		{[]string{yes6 + no4}, "deny a:2", "deny a:2", "deny a:2"},
		{[]string{no4 + yes6}, "deny a:1", "deny a:1", "deny a:1"},
		{[]string{no + yes6}, "deny a:1", "deny a:1", "deny a:1"},
		{[]string{no + yes4}, "deny a:1", "permit a:2", "deny a:1"},
		{[]string{yes + no4}, "deny a:2", "deny a:2", "deny a:2"},
		{[]string{no + yes4 + yes6}, "permit a:2", "permit a:2", "permit a:2"},
		{[]string{no4 + yes}, "permit a:2", "permit a:2", "permit a:2"},
		{[]string{no4 + yes + none}, "permit a:2", "permit a:2", "permit a:2"},
		{[]string{yes4, yes6}, "permit a:1", "permit a:1", "permit a:1"},
		{[]string{yes4, none, yes6}, "permit a:1", "permit a:1", "permit a:1"},
		{[]string{no4, yes6}, "deny a:1", "deny a:1", "deny a:1"},
		{[]string{no, yes6, yes4}, "permit b:1", "permit c:1", "permit b:1"},
		{[]string{yes6, none}, "one family, a:1", "nothing", "tree: permit"},
		// A faulty file denies the family that no later one decides.
		{[]string{"x", yes4}, "syntax a:1:1", "permit b:1", "syntax a:1:1"},
		{[]string{"x", yes6}, "syntax a:1:1", "syntax a:1:1", "syntax a:1:1"},
		{[]string{"x", yes}, "permit b:1", "permit b:1", "permit b:1"},
		{[]string{"x", no4}, "deny b:1", "deny b:1", "deny b:1"},
		{[]string{yes4, "x", yes6}, "syntax b:1:1", "syntax b:1:1", "syntax b:1:1"},
	} {
		for _, c := range []struct{ addr, tree, want string }{
			{"::", "is empty", test.want},
			{"::", "permits the port", test.one},
			{"0.0.0.0", "is empty", test.want4},
			{"::ffff:0.0.0.0", "is empty", test.want4},
		} {
			got := said(policy.Evaluate(request(c.addr, 80), rulesOf(test.files...), treeThat("/t", c.tree)))
			if got != c.want {
				t.Errorf("%q: %s, tree %s: %s, want %s", test.files, c.addr, c.tree, got, c.want)
			}
		}
	}
}

// Rules have the word before trees; the errno of a refusal is as if the last tree
// had been asked alone.
func TestRulesAndTrees(t *testing.T) {
	const yes, no, half = "permit * any *:80", "deny * any *:80", "permit * any [::]:80"
	for _, test := range []struct {
		rules, tree, want string
		errno             policy.Errno
	}{
		{yes, "is missing", "permit a:1", 0},
		{yes, "forbids the port", "permit a:1", 0},
		{yes, "is unsafe", "permit a:1", 0},
		{no, "is missing", "deny a:1", policy.ENOENT},
		{no, "is empty", "deny a:1", policy.EPERM},
		{no, "has no line", "deny a:1", policy.ENOENT},
		{no, "permits the port", "deny a:1", policy.EACCES},
		{no, "forbids the port", "deny a:1", policy.EACCES},
		{no, "has an unreadable file", "deny a:1", 5},
		{"x", "is empty", "syntax a:1:1", policy.EPERM},
		{"x", "permits the port", "syntax a:1:1", policy.EACCES},
		{"", "is missing", "nothing", policy.ENOENT},
		{"", "is empty", "nothing", policy.EPERM},
		{"", "permits the port", "tree: permit", 0},
		{"", "forbids the port", "tree: deny", policy.EACCES},
		{half, "permits the port", "tree: permit", 0},
		{half, "is missing", "one family, a:1", policy.ENOENT},
		{half, "is empty", "one family, a:1", policy.EPERM},
		{half, "has no line", "one family, a:1", policy.ENOENT},
		{half, "forbids the port", "one family, a:1", policy.EACCES},
		{half, "is unsafe", "one family, a:1", policy.EACCES},
		{half, "has an unreadable file", "one family, a:1", 5},
	} {
		for _, first := range []string{"", "is missing", "has no line"} {
			last := treeThat("/t", test.tree)
			trees := []policy.Tree{last}
			if first != "" {
				trees = []policy.Tree{treeThat("/first", first), last}
			}
			d := policy.Evaluate(request("::", 80), rulesOf(test.rules), trees...)
			if got := said(d); got != test.want || d.Errno != test.errno {
				t.Errorf("%q, tree %s: %s, %v, want %s, %v", test.rules, test.tree, got, d.Errno, test.want, test.errno)
			}
			if permitted := test.rules == yes; permitted && last.asked != nil {
				t.Errorf("%q: the tree was asked: %q", test.rules, last.asked)
			}
		}
	}
	for rules, want := range map[string]policy.Errno{no: policy.ENOENT, half: policy.ENOENT, "": policy.ENOENT, yes: 0} {
		if d := policy.Evaluate(request("::", 80), rulesOf(rules)); d.Errno != want {
			t.Errorf("%q without a tree: %+v", rules, d)
		}
	}
	// One that refuses in between has no word in it: the last has.
	d := policy.Evaluate(request("::", 80), rulesOf(no), treeThat("/a", "forbids the port"), treeThat("/b", "is empty"))
	if said(d) != "deny a:1" || d.Errno != policy.EPERM {
		t.Errorf("%+v", d)
	}
}

// What no policy can be about is denied whatever rules say, and they are not read.
func TestRulesOfNoRequest(t *testing.T) {
	rules := func(func(policy.RuleFile) bool) { t.Error("the rules were read") }
	for name, req := range map[string]policy.Request{
		"zero": {}, "port 0": request("127.0.0.1", 0), "zone": request("fe80::1%lo", 80),
	} {
		if got, want := policy.Evaluate(req, rules), (policy.Decision{Errno: policy.EACCES}); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
