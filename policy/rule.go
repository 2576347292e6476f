package policy

import (
	"fmt"
	"iter"
	"net/netip"
)

// Rule is one line of a rules file: gobind.rules(5).
type Rule struct {
	Verdict   Verdict
	Who       Who
	Protocols []Protocol // never empty; all that have a name: every protocol
	Where     []Where    // never empty
	Source    Source     // its file and line
}

// Who is whom a rule is about.
type Who struct {
	Kind WhoKind
	ID   uint32 // of the user or the group
	Name string // as it was written, without the colon of a group; "" for Anyone
	// Unknown says that Name is in none of the system's files, and ID means
	// nothing: it may be somebody of a directory service.
	Unknown bool
}

// WhoKind is what kind of Who a rule has.
type WhoKind uint8

// The kinds of Who.
const (
	Anyone WhoKind = iota // *
	User                  // a name or a uid
	Group                 // :name or :gid, the primary group or a supplementary one
)

// Where is addresses and ports.
type Where struct {
	Prefix netip.Prefix // masked, never IPv4-mapped; the zero Prefix is every address of both families
	Ports  []PortRange  // never empty
}

// PortRange is the ports from Min to Max, both included; Min is at least 1.
type PortRange struct{ Min, Max uint16 }

// RuleFile is one file of rules, as it was read.
type RuleFile struct {
	File  string
	Rules []Rule
	Names Names // that it was parsed with
	// Fault is why the rules cannot be believed: a Fault or a *RuleError. Such
	// a file denies all that no later file decides.
	Fault error
}

// RuleError is a line that is no rule.
type RuleError struct {
	Source Source // its File and Line, from 1
	Column int    // from 1, in bytes
	Text   string // what is wrong with it, and what to write instead
}

// Error is "file:line:column: text".
func (e *RuleError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Source, e.Column, e.Text) }

// Rules are the files of rules, the last one first: a later rule has the word over
// an earlier one, and what decides needs no more to be read.
type Rules = iter.Seq[RuleFile]

// Names are the users, groups and services that rules can name: those of
// /etc/passwd, /etc/group and /etc/services, and of nothing else. They are asked
// for each rule.
type Names interface {
	User(name string) (uid uint32, ok bool)
	Group(name string) (gid uint32, ok bool)
	Service(name string, protocol Protocol) (port uint16, ok bool)
	// HasUser and HasGroup report whether some name has the id.
	HasUser(uid uint32) bool
	HasGroup(gid uint32) bool
}
