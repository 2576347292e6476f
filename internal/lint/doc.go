// Package lint finds what is wrong with a policy: what the helper refuses because
// of it, what it ignores without a word, and what cannot mean what it says.
//
// It looks at directories and files as package tree reads them, and at rules as
// package policy parses them. The checks are in tables, one for each kind of
// thing that is looked at; each is a function of its own. It finds; the words are
// the caller's, by [Kind].
package lint
