package auditlog

import (
	"strconv"
	"strings"
	"time"
)

// Trust says how far a record can be believed.
type Trust string

// What is known of a record's sender.
const (
	Verified Trust = "verified" // the helper, for the user that the record names, or the kernel
	Forged   Trust = "forged"   // somebody else
	Unknown  Trust = "unknown"  // nobody noted who sent it
)

// Record is one audit record. Claims are the client's words.
type Record struct {
	Time     time.Time `json:"time"`
	Trust    Trust     `json:"trust"`
	Verdict  string    `json:"verdict"`
	UID      uint32    `json:"uid"`
	GID      uint32    `json:"gid"`
	Protocol string    `json:"protocol"`
	Address  string    `json:"address"`
	Scope    uint32    `json:"scope,omitempty"`
	Port     uint16    `json:"port"`
	Errno    int       `json:"errno"`
	Reason   string    `json:"reason"`
	Source   string    `json:"source,omitempty"`
	Line     int       `json:"line,omitempty"`
	Column   int       `json:"column,omitempty"` // of a line that is no rule
	PID      int       `json:"claimed_pid"`
	Program  string    `json:"claimed_program"`
	Mode     string    `json:"claimed_mode"`
	LeftOut  int       `json:"left_out,omitempty"` // refusals like it, with it, that have no record
	Kernel   *Kernel   `json:"kernel,omitempty"`   // of a record of the kernel's, which claims nothing
}

// Identifier is the tag of the helper's records.
const Identifier = "gobind-helper"

// Parse parses the text of a record of the helper's; not ok: it is none. Fields that
// are not known are passed over.
func Parse(text string) (r Record, ok bool) {
	fields, ok := split(text)
	if !ok {
		return r, false
	}
	number := numbers{fields: fields}
	r = number.record()
	r.Errno, r.Source = int(number.get("errno", 31)), fields["source"]
	r.PID, r.Program, r.Mode = int(number.get("claimed_pid", 32)), fields["claimed_program"], fields["claimed_mode"]
	r.Line, r.Column = int(number.optional("line", 31)), int(number.optional("column", 31))
	r.Scope, r.LeftOut = uint32(number.optional("scope", 32)), int(number.optional("left_out", 31))
	return r, r.Verdict != "" && !number.bad
}

// split takes the fields of a record apart.
func split(text string) (fields map[string]string, ok bool) {
	fields = map[string]string{}
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimLeft(rest, " ") {
		key, after, found := strings.Cut(rest, "=")
		if !found || strings.Contains(key, " ") {
			return nil, false
		}
		value, tail, good := value(after)
		if _, twice := fields[key]; twice || !good {
			return nil, false
		}
		fields[key], rest = value, tail
	}
	return fields, true
}

// value takes a value off the front: quoted as in Go, or up to a blank.
func value(text string) (value, tail string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		value, tail, _ = strings.Cut(text, " ")
		return value, tail, true
	}
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", "", false
	}
	value, err = strconv.Unquote(quoted)
	return value, text[len(quoted):], err == nil
}

// numbers reads fields that must be numbers.
type numbers struct {
	fields map[string]string
	bad    bool
}

func (n *numbers) get(key string, bits int) uint64 {
	v, err := strconv.ParseUint(n.fields[key], 10, bits)
	n.bad = n.bad || err != nil
	return v
}

// optional is get of a field that may be missing: then it is 0.
func (n *numbers) optional(key string, bits int) uint64 {
	if n.fields[key] == "" {
		return 0
	}
	return n.get(key, bits)
}

// record is what all records have.
func (n *numbers) record() Record {
	return Record{
		Verdict: n.fields["verdict"], UID: uint32(n.get("uid", 32)), GID: uint32(n.get("gid", 32)),
		Protocol: n.fields["protocol"], Address: n.fields["address"], Port: uint16(n.get("port", 16)), Reason: n.fields["reason"],
	}
}
