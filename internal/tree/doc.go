// Package tree reads a policy tree whole, with owners, modes, access control
// lists and contents, for those who check or translate it. The helper does not:
// it asks for the few names that can decide its caller's request.
//
// [FS] looks at a system, which may be an image below some directory: symbolic
// links lead nowhere else. What cannot be looked at is an [Entry] with an error,
// not an error of reading.
//
// The names and lines are parsed as package policy reads them, which tests show:
// what [ParseLine] takes for a [Grant] is what [policy.Evaluate] permits by it.
package tree
