// Package doctor examines a machine and an installation of gobind: what works,
// what does not, and what stops it. It changes nothing, and asks the kernel and
// the real helper instead of guessing from versions.
//
// It finds; what a finding means in words, and the cure, are the caller's.
package doctor
