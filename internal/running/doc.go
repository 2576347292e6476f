// Package running finds the supervisors that run, and the processes under them.
//
// The kernel tells nobody which processes a seccomp filter covers. What is known
// is descent: in launch mode parent all that is covered descends from the
// supervisor; in mode inplace from the program that gobind became, on which the
// supervisor has a pidfd. A daemon that left its parent in mode inplace is not
// found: then the answer is not complete, and says so.
package running
