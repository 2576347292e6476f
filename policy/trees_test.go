package policy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/policy"
)

// How a tree can answer a request for 127.0.0.1 port 80.
func treeThat(dir, what string) *fakeTree {
	f := &fakeTree{dir: dir}
	switch what {
	case "is missing":
		f.open = enoent
	case "is not searchable":
		f.open = eacces
	case "is unsafe":
		f.open = policy.Fault{Unsafe: true}
	case "is empty":
	case "has no line":
		f.byUID = map[string]string{"1000": "# none\n"}
	case "has a line":
		f.byUID = map[string]string{"1000": "127.0.0.0/8,80\n"}
	case "permits the port":
		f.access = map[string]policy.Fault{"byport/80": none}
	case "forbids the port":
		f.access = map[string]policy.Fault{"byport/80": eacces}
	case "has a loop":
		f.access = map[string]policy.Fault{"byaddr/127.0.0.1:80": eloop}
	case "has an unreadable file":
		f.fault = map[string]policy.Fault{"1000": {Errno: 5}}
	default:
		panic(what)
	}
	return f
}

func TestTwoTrees(t *testing.T) {
	all := []string{"open", "byport/80", "byaddr/127.0.0.1:80", "byaddr/127.0.0.1,80", "content of 1000"}
	denied := func(errno policy.Errno) policy.Decision { return policy.Decision{Errno: errno} }
	forbidden := func(errno policy.Errno, file string) policy.Decision {
		return refuse(errno, policy.ReasonNotExecutable, file)
	}
	for _, test := range []struct {
		first, last           string
		want                  policy.Decision
		askedFirst, askedLast []string
	}{
		// The first says nothing: the last decides.
		{"is missing", "is missing", denied(policy.ENOENT), all[:1], all[:1]},
		{"is missing", "is empty", denied(policy.EPERM), all[:1], all},
		{"is missing", "has no line", denied(policy.ENOENT), all[:1], all},
		{"is missing", "has a line", permitByLine("/b/byuid/1000", 1), all[:1], all},
		{"is missing", "permits the port", permitBy("/b/byport/80"), all[:1], all[:2]},
		{"is missing", "forbids the port", forbidden(policy.EACCES, "/b/byport/80"), all[:1], all[:2]},
		{"is empty", "is missing", denied(policy.ENOENT), all, all[:1]},
		{"is empty", "is empty", denied(policy.EPERM), all, all},
		{"is empty", "is not searchable", refuse(policy.EACCES, policy.ReasonError, "/b"), all, all[:1]},
		{"is empty", "is unsafe", refuse(policy.EACCES, policy.ReasonUnsafe, "/b"), all, all[:1]},
		{"has no line", "is empty", denied(policy.EPERM), all, all},
		{"has no line", "has a line", permitByLine("/b/byuid/1000", 1), all, all},
		{"has no line", "permits the port", permitBy("/b/byport/80"), all, all[:2]},
		{"has no line", "has a loop", refuse(40, policy.ReasonError, "/b/byaddr/127.0.0.1:80"), all, all[:3]},
		// The first permits: the last is not asked.
		{"has a line", "forbids the port", permitByLine("/a/byuid/1000", 1), all, nil},
		{"permits the port", "forbids the port", permitBy("/a/byport/80"), all[:2], nil},
		// The first forbids: the last has no word but in the errno.
		{"forbids the port", "is missing", forbidden(policy.ENOENT, "/a/byport/80"), all[:2], all[:1]},
		{"forbids the port", "is empty", forbidden(policy.EPERM, "/a/byport/80"), all[:2], all},
		{"forbids the port", "has no line", forbidden(policy.ENOENT, "/a/byport/80"), all[:2], all},
		{"forbids the port", "has a loop", forbidden(40, "/a/byport/80"), all[:2], all[:3]},
		{"forbids the port", "permits the port", forbidden(policy.EACCES, "/a/byport/80"), all[:2], all[:2]},
		{"forbids the port", "has a line", forbidden(policy.EACCES, "/a/byport/80"), all[:2], all},
		{"has a loop", "is empty", refuse(policy.EPERM, policy.ReasonError, "/a/byaddr/127.0.0.1:80"), all[:3], all},
		{"is unsafe", "has a line", refuse(policy.EACCES, policy.ReasonUnsafe, "/a"), all[:1], all},
		{"is not searchable", "is empty", refuse(policy.EPERM, policy.ReasonError, "/a"), all[:1], all},
		{"has an unreadable file", "has a line", refuse(policy.EACCES, policy.ReasonError, "/a/byuid/1000"), all, all},
	} {
		t.Run("first "+test.first+", last "+test.last, func(t *testing.T) {
			first, last := treeThat("/a", test.first), treeThat("/b", test.last)
			got := policy.Evaluate(request("127.0.0.1", 80), nil, first, last)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("decision (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.askedFirst, first.asked); diff != "" {
				t.Errorf("lookups in the first (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.askedLast, last.asked); diff != "" {
				t.Errorf("lookups in the last (-want +got)\n%s", diff)
			}
		})
	}
}

// A tree in the middle is not asked once the first has refused.
func TestThreeTrees(t *testing.T) {
	first, middle, last := treeThat("/a", "forbids the port"), treeThat("/b", "permits the port"), treeThat("/c", "is empty")
	got := policy.Evaluate(request("127.0.0.1", 80), nil, first, middle, last)
	if want := refuse(policy.EPERM, policy.ReasonNotExecutable, "/a/byport/80"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if middle.asked != nil || !slices.Contains(last.asked, "open") {
		t.Errorf("asked the middle tree %q, the last %q", middle.asked, last.asked)
	}
}
