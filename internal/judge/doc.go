// Package judge answers what the helper would: it has package policy decide, by
// the helper's own access to files, with the ids and the rights that the helper has
// for the subject. It listens to what policy asks, and can tell each step; the
// helper needs nothing for that.
//
// Root may ask about anybody. Others may ask about themselves, as far as they may
// read what decides.
package judge
