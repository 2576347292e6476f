// Package e2e shows gobind, installed with a real setuid helper, at work: real
// programs, started by ordinary users in a world of the test's own.
//
// The tests share the world's loopback interface and policy directory, so none
// may run in parallel with another. What they share is in package kit.
package e2e
