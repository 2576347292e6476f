package policy_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/policy"
)

const everything = "0.0.0.0/0,0-65535\n::/0,0-65535\n"

func permitBy(file string) policy.Decision {
	return policy.Decision{Verdict: policy.Permit, Reason: policy.ReasonAccess, Source: policy.Source{File: file}}
}

func permitByLine(file string, line int) policy.Decision {
	return policy.Decision{
		Verdict: policy.Permit, Reason: policy.ReasonLine, Source: policy.Source{File: file, Line: line},
	}
}

func refuse(errno policy.Errno, reason policy.Reason, file string) policy.Decision {
	return policy.Decision{Reason: reason, Errno: errno, Source: policy.Source{File: file}}
}

func TestLookups(t *testing.T) {
	for _, test := range []struct {
		addr string
		port uint16
		want []string
	}{
		{"127.0.0.1", 80, []string{
			"open", "byport/80", "byaddr/127.0.0.1:80", "byaddr/127.0.0.1,80", "content of 1000"}},
		{"0.0.0.0", 511, []string{
			"open", "byport/511", "byaddr/0.0.0.0:511", "byaddr/0.0.0.0,511", "content of 1000"}},
		{"127.0.0.1", 512, []string{
			"open", "byport/!512", "byaddr/!127.0.0.1:512", "byaddr/!127.0.0.1,512", "content of !1000"}},
		{"127.0.0.1", 1023, []string{
			"open", "byport/!1023", "byaddr/!127.0.0.1:1023", "byaddr/!127.0.0.1,1023", "content of !1000"}},
		{"127.0.0.1", 1024, []string{
			"open", "byport/!1024", "byaddr/!127.0.0.1:1024", "byaddr/!127.0.0.1,1024", "content of !1000"}},
		{"127.0.0.1", 65535, []string{
			"open", "byport/!65535", "byaddr/!127.0.0.1:65535", "byaddr/!127.0.0.1,65535", "content of !1000"}},
		{"::1", 1, []string{
			"open", "byport/1", "byaddr/::1,1", "byaddr/0:0:0:0:0:0:0:1,1", "content of 1000"}},
		{"::", 600, []string{
			"open", "byport/!600", "byaddr/!::,600", "byaddr/!0:0:0:0:0:0:0:0,600", "content of !1000"}},
		{"::ffff:127.0.0.1", 80, []string{
			"open", "byport/80", "byaddr/::ffff:127.0.0.1,80", "byaddr/0:0:0:0:0:ffff:7f00:1,80", "content of 1000"}},
		{"::1:2", 80, []string{
			"open", "byport/80", "byaddr/::0.1.0.2,80", "byaddr/0:0:0:0:0:0:1:2,80", "content of 1000"}},
		{"1:2:3:4:5:6:7:8", 80, []string{
			"open", "byport/80", "byaddr/1:2:3:4:5:6:7:8,80", "byaddr/1:2:3:4:5:6:7:8,80", "content of 1000"}},
	} {
		tree := &fakeTree{dir: "/t"}
		got := policy.Evaluate(request(test.addr, test.port), nil, tree)
		if diff := cmp.Diff(test.want, tree.asked); diff != "" {
			t.Errorf("%s port %d: (-want +got)\n%s", test.addr, test.port, diff)
		}
		if want := (policy.Decision{Errno: policy.EPERM}); got != want {
			t.Errorf("%s port %d: %+v, want %+v", test.addr, test.port, got, want)
		}
	}
}

func TestUIDName(t *testing.T) {
	for id, want := range map[uint32]string{0: "content of 0", 4294967295: "content of 4294967295"} {
		tree := &fakeTree{dir: "/t"}
		req := request("127.0.0.1", 80)
		req.Subject.UID = id
		policy.Evaluate(req, nil, tree)
		if got := tree.asked[len(tree.asked)-1]; got != want {
			t.Errorf("uid %d: asked for %q, want %q", id, got, want)
		}
	}
}

// Each step of one tree can permit, and each can stop the search: nothing after
// it is looked at, although all of it would permit.
func TestSteps(t *testing.T) {
	steps := map[string][]string{
		"127.0.0.1": {"byport/80", "byaddr/127.0.0.1:80", "byaddr/127.0.0.1,80"},
		"::1":       {"byport/80", "byaddr/::1,80", "byaddr/0:0:0:0:0:0:0:1,80"},
	}
	for addr, names := range steps {
		for i, name := range names {
			file := "/t/" + name
			for _, test := range []struct {
				fault policy.Fault
				want  policy.Decision
			}{
				{none, permitBy(file)},
				{eacces, refuse(policy.EACCES, policy.ReasonNotExecutable, file)},
				{policy.Fault{Errno: policy.EPERM}, refuse(policy.EPERM, policy.ReasonError, file)},
				{eloop, refuse(40, policy.ReasonError, file)},
				{policy.Fault{Errno: 20}, refuse(20, policy.ReasonError, file)},
				{policy.Fault{Unsafe: true}, refuse(policy.EACCES, policy.ReasonUnsafe, file)},
				{policy.Fault{Errno: policy.EACCES, Unsafe: true}, refuse(policy.EACCES, policy.ReasonUnsafe, file)},
				{policy.Fault{Errno: policy.ENOENT, Unsafe: true}, refuse(policy.ENOENT, policy.ReasonUnsafe, file)},
			} {
				tree := &fakeTree{dir: "/t", access: map[string]policy.Fault{name: test.fault},
					byUID: map[string]string{"1000": everything}}
				for _, later := range names[i+1:] {
					tree.access[later] = none
				}
				if got := policy.Evaluate(request(addr, 80), nil, tree); got != test.want {
					t.Errorf("%s, %s: %+v: got %+v, want %+v", addr, name, test.fault, got, test.want)
				}
				if diff := cmp.Diff(append([]string{"open"}, names[:i+1]...), tree.asked); diff != "" {
					t.Errorf("%s, %s: %+v: lookups (-want +got)\n%s", addr, name, test.fault, diff)
				}
			}
		}
	}
}

func TestByUIDFile(t *testing.T) {
	file := "/t/byuid/1000"
	for _, test := range []struct {
		name string
		tree fakeTree
		want policy.Decision
	}{
		{"none", fakeTree{}, policy.Decision{Errno: policy.EPERM}},
		{"empty", fakeTree{byUID: map[string]string{"1000": ""}}, policy.Decision{Errno: policy.ENOENT}},
		{"no line matches", fakeTree{byUID: map[string]string{"1000": "127.0.0.1,81\n"}},
			policy.Decision{Errno: policy.ENOENT}},
		{"line matches", fakeTree{byUID: map[string]string{"1000": "# web\n127.0.0.1,80\n"}}, permitByLine(file, 2)},
		{"of the other half", fakeTree{byUID: map[string]string{"!1000": everything}},
			policy.Decision{Errno: policy.EPERM}},
		{"of another user", fakeTree{byUID: map[string]string{"1001": everything}},
			policy.Decision{Errno: policy.EPERM}},
		{"is a directory", fakeTree{fault: map[string]policy.Fault{"1000": {Errno: 21}}},
			refuse(21, policy.ReasonError, file)},
		{"not readable", fakeTree{fault: map[string]policy.Fault{"1000": eacces}},
			refuse(policy.EACCES, policy.ReasonError, file)},
		{"unsafe", fakeTree{fault: map[string]policy.Fault{"1000": {Unsafe: true}}},
			refuse(policy.EACCES, policy.ReasonUnsafe, file)},
	} {
		test.tree.dir = "/t"
		if got := policy.Evaluate(request("127.0.0.1", 80), nil, &test.tree); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestRequestsWithoutPolicy(t *testing.T) {
	for name, req := range map[string]policy.Request{
		"zero":            {},
		"invalid address": requestFor(netip.Addr{}, 80),
		"port 0":          request("127.0.0.1", 0),
		"zone":            request("fe80::1%lo", 80),
	} {
		tree := &fakeTree{dir: "/t", byUID: map[string]string{"0": everything, "1000": everything},
			access: map[string]policy.Fault{"byport/0": none, "byport/80": none}}
		got := policy.Evaluate(req, nil, tree)
		if want := (policy.Decision{Errno: policy.EACCES}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if tree.asked != nil {
			t.Errorf("%s: the tree was asked: %q", name, tree.asked)
		}
	}
}

func TestZeroValuesDeny(t *testing.T) {
	var d policy.Decision
	if d.Verdict != policy.Deny || d.Reason != policy.ReasonNoRule || d.Source.String() != "" {
		t.Errorf("zero Decision: %+v", d)
	}
	if got, want := policy.Evaluate(request("127.0.0.1", 80), nil), (policy.Decision{Errno: policy.ENOENT}); got != want {
		t.Errorf("no tree: got %+v, want %+v", got, want)
	}
}
