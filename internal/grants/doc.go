// Package grants says who may bind what, by rules and trees together: each file of a
// tree as the rules that it comes to. It is for those who list policy; a request is
// decided by package policy alone.
package grants
