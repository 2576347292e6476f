package sys_test

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
	"gobind/internal/testenv"
)

// ids are the user ids, groups and permitted capabilities of this thread.
type ids struct {
	real, effective, saved int
	gid                    int
	groups                 []int
	capabilities           uint64
}

func ofThread(t *testing.T) ids {
	t.Helper()
	var i ids
	i.real, i.effective, i.saved = unix.Getresuid()
	i.gid = unix.Getegid()
	var err error
	if i.groups, err = unix.Getgroups(); err != nil {
		t.Error(err)
	}
	if i.capabilities, err = sys.Capget(); err != nil {
		t.Error(err)
	}
	return i
}

func (i ids) is(j ids) bool {
	return i.real == j.real && i.effective == j.effective && i.saved == j.saved && i.gid == j.gid &&
		slices.Equal(i.groups, j.groups) && i.capabilities == j.capabilities
}

// Only the thread of its own becomes somebody else, and it is gone afterwards.
func TestApart(t *testing.T) {
	if os.Getuid() != 0 {
		testenv.Skip(t, "needs root")
	}
	before := ofThread(t)
	var first, then ids
	for range 20 {
		who := sys.Credential{UID: 61001, GID: 61002, Groups: []uint32{61003, 61010}}
		if err := sys.Apart(who, func() { first = ofThread(t) }, func() { then = ofThread(t) }); err != nil {
			t.Fatal(err)
		}
		groups := []int{61003, 61010}
		if want := (ids{61001, 0, 0, 61002, groups, 0}); !first.is(want) {
			t.Errorf("first: %+v, want %+v", first, want)
		}
		if want := (ids{61001, 61001, 61001, 61002, groups, 0}); !then.is(want) {
			t.Errorf("then: %+v, want %+v", then, want)
		}
		if now := ofThread(t); !now.is(before) {
			t.Fatalf("here: %+v, want %+v", now, before)
		}
	}
	if err := sys.Apart(sys.Credential{UID: 0}, func() {}, func() { then = ofThread(t) }); err != nil {
		t.Fatal(err)
	}
	if want := (ids{}); !then.is(want) {
		t.Errorf("root: %+v, want %+v", then, want)
	}
}
