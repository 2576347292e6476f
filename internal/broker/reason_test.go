package broker

import (
	"testing"

	"gobind/helper"
	"gobind/policy"
)

// Every reason of policy has one of the treaty, its own, and a word in the audit
// record.
func TestReasons(t *testing.T) {
	of := map[helper.Reason]policy.Reason{}
	for r := policy.ReasonNoRule; r <= policy.ReasonDualStack; r++ {
		wire := reason(r)
		if other, taken := of[wire]; taken {
			t.Errorf("%d and %d are both %d", r, other, wire)
		}
		of[wire] = r
		if reasons[wire] == "" {
			t.Errorf("%d has no word", wire)
		}
	}
	for r, want := range map[policy.Reason]helper.Reason{policy.ReasonRule: 11, policy.ReasonSyntax: 12, policy.ReasonDualStack: 13} {
		if got := reason(r); got != want {
			t.Errorf("%d is %d, want %d", r, got, want)
		}
	}
	words := map[string]bool{}
	for _, word := range reasons {
		words[word] = true
	}
	if len(words) != len(reasons) {
		t.Errorf("two reasons have the same word: %v", reasons)
	}
}
