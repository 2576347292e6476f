// Package kit is what the tests of the installed programs share: processes that
// are started and waited for, policy that lasts as long as a test, gobind in its
// launch modes, and the helper spoken to by hand.
//
// Its functions fail the test they are given. They need the world of
// testenv.Main, which the tests of one package share: so none of these may run
// in parallel with another.
package kit
