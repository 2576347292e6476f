// Package refusal tells a user why a bind failed, and what an administrator can do
// about it: the same lines from gobind's supervisor and from gobind --listen. It looks
// at policy from outside, with no right but the user's own, and decides nothing.
package refusal
