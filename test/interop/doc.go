// Package interop runs real programs, as Debian has them, as an ordinary user and
// asks each for an answer on its privileged port: plain, where that must fail,
// under Debian's authbind, and under gobind in both launch modes.
//
// Each program is a file in programs, which says how to make it, run it and ask
// it (see [parse] in program_test.go for its fields). make interop installs and
// runs all of them and prints the table of docs/interop.md; make test runs a few.
// GOBIND_INTEROP chooses: all, or names with commas between.
package interop
