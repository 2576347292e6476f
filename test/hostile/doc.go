// Package hostile attacks gobind as installed, with its real setuid helper, as
// its users could: the tests are numbered as the attacks of docs/threat-model.md
// are, H for the helper as a program, P for the protocol, F for policy files, S
// for the supervisor and the target.
//
// The tests share a world, so none may run in parallel with another.
package hostile
