// Package policydir reads policy from the directories under /etc for package
// policy: whether the caller may execute a file, by its real ids, and what the
// caller's byuid files hold, which root alone may be able to read.
//
// It runs in the privileged helper. [Open] is called with the helper's
// privilege, all else after that was shed, as the caller. Every name below the
// directories is made of integers and addresses that were parsed, never of
// text that the caller wrote.
package policydir
