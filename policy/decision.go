package policy

import "strconv"

// Verdict is yes or no. Its zero value is no.
type Verdict uint8

// The verdicts.
const (
	Deny Verdict = iota
	Permit
)

// Reason is why a decision was made.
type Reason uint8

// The reasons. All but ReasonAccess, ReasonLine and ReasonRule are of refusals.
const (
	ReasonNoRule        Reason = iota // nothing permits it, nothing forbids it
	ReasonAccess                      // a byport or byaddr file is executable by the subject
	ReasonLine                        // a line of a byuid file covers it
	ReasonNotExecutable               // a byport or byaddr file is not executable by the subject
	ReasonUnsafe                      // policy that others than root could write
	ReasonError                       // policy that cannot be examined
	ReasonRule                        // a rule permits or denies it
	ReasonSyntax                      // a rules file has a line that is no rule
	ReasonDualStack                   // a rule permits one of the families that [::] takes, and nothing both
)

// Source is where a decision comes from. Its zero value says that no file
// decided.
type Source struct {
	File string
	Line int // from 1; 0 is the file as a whole
}

// String is "file", "file:line", or nothing for the zero Source.
func (s Source) String() string {
	if s.Line == 0 {
		return s.File
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}

// Decision is the answer to a Request. Its zero value denies.
type Decision struct {
	Verdict Verdict
	Reason  Reason
	Errno   Errno // 0 if permitted, else what authbind would answer: see Evaluate
	Source  Source
	Syntax  *RuleError // of ReasonSyntax
}
