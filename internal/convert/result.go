package convert

import "gobind/policy"

// Result is a tree as rules.
type Result struct {
	Blocks []Block // in order
	Notes  []Note
}

// Block is the rules that a file of the tree, or more, stand for.
type Block struct {
	Files []string
	Rules []policy.Rule
}

// Rules are the rules of all blocks, in order.
func (r Result) Rules() []policy.Rule {
	var all []policy.Rule
	for _, b := range r.Blocks {
		all = append(all, b.Rules...)
	}
	return all
}

// Note is something that the rules do not say as the tree does.
type Note struct {
	Kind   NoteKind
	File   string
	Line   int    // from 1; 0: the file as a whole
	Detail string // Widened: the addresses that are permitted too; Refused: why
}

// NoteKind is what kind of Note it is.
type NoteKind string

// The kinds.
const (
	Widened  NoteKind = "widened"  // the IPv4 address is permitted too, which is the same bind
	Narrowed NoteKind = "narrowed" // two files decide about one bind in ways that cannot be joined: this one permits nothing
	Unasked  NoteKind = "unasked"  // no request asks for a file of that name
	Ignored  NoteKind = "ignored"  // a line that permits nothing
	Refused  NoteKind = "refused"  // the file cannot be believed or examined, and refuses
	NoExec   NoteKind = "noexec"   // on a file system mounted noexec, the file refuses
)

// TreeError is why a tree has no rules that stand for it.
type TreeError struct {
	Why TreeFault
	Dir string
	Err error // Broken: the system call's
}

// TreeFault is what is wrong with a directory.
type TreeFault string

// The faults.
const (
	Broken TreeFault = "broken" // it cannot be examined, or is no directory: it refuses everything
	Unsafe TreeFault = "unsafe" // others than root could write to it: it refuses everything
	Closed TreeFault = "closed" // some users may not search it: it refuses them everything
)

// Error is the directory, and the error or the fault.
func (e *TreeError) Error() string {
	if e.Err != nil {
		return e.Dir + ": " + e.Err.Error()
	}
	return e.Dir + ": " + string(e.Why)
}

// Unwrap is the error of the system call.
func (e *TreeError) Unwrap() error { return e.Err }
