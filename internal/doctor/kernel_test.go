package doctor

import (
	"slices"
	"testing"
)

// What a user gets is said to root too, who may get something else.
func TestLaunchModes(t *testing.T) {
	for _, c := range []struct {
		scope int
		root  bool
		want  []State
		worst Level
	}{
		{0, false, []State{ModeInPlace}, OK},
		{0, true, []State{ModeInPlace}, OK},
		{1, false, []State{ModeParent}, OK},
		{1, true, []State{ModeParent, ModeRoot}, OK},
		{2, false, []State{ModeNone}, Failure},
		{2, true, []State{ModeNone, ModeRoot}, Failure},
		{3, false, []State{ModeNone}, Failure},
	} {
		var got []State
		found := launchModes(c.scope, c.root)
		for _, f := range found {
			got = append(got, f.State)
		}
		if !slices.Equal(got, c.want) || Worst(found) != c.worst {
			t.Errorf("ptrace_scope %d, root %v: %v (%v), want %v", c.scope, c.root, got, Worst(found), c.want)
		}
	}
}
