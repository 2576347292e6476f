// Package mutation takes out gobind's defences one at a time and demands that the test
// of the attack, which passes with the defence, fails without it.
//
// Its table (table_test.go) names the row of docs/threat-model.md, the line of source
// that is the defence, what takes its place, and the test. A mutation whose line is not
// there any more, or there twice, or that does not compile, is a failure: the table
// follows the source. It works on a copy of the module.
package mutation
