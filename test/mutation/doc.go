// Package mutation shows that the tests of the attacks (test/hostile) would notice
// if a defence were gone: each mutation takes one out of a copy of the source, and
// the test that is named with it must then fail.
//
// GOBIND_MUTATIONS=all runs all of them (make test-mutations); an ordinary run of the
// tests takes a few. A mutation whose text is not in the source any more is an error:
// the defence has moved, and the mutation must follow it.
package mutation
