package judge

import (
	"net/netip"
	"slices"
	"strings"

	"gobind/internal/tree"
	"gobind/policy"
)

// Line is a line of a file, and what it has to do with the request.
type Line struct {
	Number int
	Text   string       // of a byuid file
	Rule   *policy.Rule // of a file of rules
	Why    Why
	Better string     // of a line that is written wrongly: how it would cover the request
	Of     netip.Addr // of a rule: the address that it is about, where [::] is two
}

// Why is why a line is shown.
type Why string

// A line that matches, and those that nearly do.
const (
	Matches       Why = "matches"
	OtherAddress  Why = "other-address"  // all but the address
	OtherPort     Why = "other-port"     // all but the port
	OtherProtocol Why = "other-protocol" // all but the protocol
	UnknownName   Why = "unknown-name"   // all but the name, which nobody has
	Ignored       Why = "ignored"        // it is no grant, and looks like one
)

// maxNear bounds the lines of one file that nearly match.
const maxNear = 5

// explainByUID finds the line that permits, or those that nearly do.
func (e *Explanation) explainByUID(fs *tree.FS, req policy.Request) {
	if e.Said != Silent {
		if e.Said == NotThere {
			e.Twin = twin(fs, e.File, func(t tree.Entry) bool { return t.RootOnly() && covers(string(t.Content), req) })
		}
		return
	}
	for _, l := range tree.Lines(e.Text) {
		near := Line{Number: l.Number, Text: l.Text}
		switch better := repaired(l.Text, req); {
		case l.Grants && l.Grant.Covers(req.Addr, req.Port):
			near.Why = Matches
			e.Said, e.Lines = Permits, []Line{near}
			return
		case l.Grants && l.Grant.Min <= uint32(req.Port) && uint32(req.Port) <= l.Grant.Max:
			near.Why = OtherAddress
		case l.Grants && l.Grant.Covers(req.Addr, uint16(min(l.Grant.Min, 65535))):
			near.Why = OtherPort
		case !l.Grants && better != "":
			near.Why, near.Better = Ignored, better
		default:
			continue
		}
		if len(e.Lines) < maxNear {
			e.Lines = append(e.Lines, near)
		}
	}
	e.Twin = twin(fs, e.File, func(t tree.Entry) bool { return t.RootOnly() && covers(string(t.Content), req) })
}

// covers reports whether a line of a byuid file's text covers the request.
func covers(text string, req policy.Request) bool {
	return slices.ContainsFunc(tree.Lines(text), func(l tree.Line) bool { return l.Grants && l.Grant.Covers(req.Addr, req.Port) })
}

// repaired is how a line that is no grant would cover the request: what somebody
// may have meant by it. It is "" if no way is known.
func repaired(line string, req policy.Request) string {
	text, _, _ := strings.Cut(line, "#")
	text = strings.TrimSpace(text)
	candidates := []string{text}
	if f := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/:, ", r) }); len(f) == 3 && req.Addr.Is4() {
		candidates = append(candidates, f[0]+"/0:"+f[1]+","+f[2], f[0]+","+f[1]+"-"+f[2])
	}
	if where, ports, ok := strings.Cut(text, ","); ok {
		candidates = append(candidates, masked(where)+","+strings.TrimSpace(ports))
	}
	if where, ports, ok := strings.Cut(text, ":"); ok {
		candidates = append(candidates, masked(where)+":"+strings.TrimSpace(ports))
	}
	for _, c := range candidates {
		if g, ok := tree.ParseLine(c); ok && c != line && g.Covers(req.Addr, req.Port) {
			return c
		}
	}
	return ""
}

// masked is a prefix without the bits behind its length; what is none stays.
func masked(where string) string {
	if p, err := netip.ParsePrefix(strings.TrimSpace(where)); err == nil {
		return p.Masked().String()
	}
	return strings.TrimSpace(where)
}
