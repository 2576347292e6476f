package lint

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"gobind/internal/tree"
)

// byUID looks at the files of byuid, in the tree.
func (l *linter) byUID(d tree.Dir, t *tree.Tree) {
	for _, e := range d.Files {
		uid, upper, ok := tree.ParseUID(e.Name)
		if !ok {
			l.misnamed(e, l.meantUID(e.Name))
			continue
		}
		if first(l, e.Path, contentChecks, contentFile{e, tree.MaxByUID}) {
			continue
		}
		if !l.names.HasUser(uid) {
			l.report(UIDUnknown, e.Path, Finding{Detail: strconv.FormatUint(uint64(uid), 10)})
		}
		trees := l.earlier
		if t != nil {
			trees = append(slices.Clip(trees), *t)
		}
		l.lines(e, newSiblings(e, upper, d, trees))
	}
}

// siblings are what else is looked up about the ports of a byuid file.
type siblings struct {
	min, max uint32       // of the ports that are looked up in the file
	other    string       // the file for the other ports
	others   []tree.Grant // of that file
	trees    []tree.Tree  // whose byport is asked before it
	before   []tree.Line  // of the file itself, those that were read
}

func newSiblings(e tree.Entry, upper bool, d tree.Dir, trees []tree.Tree) *siblings {
	s := &siblings{trees: trees, min: 1, max: 511, other: path.Join(path.Dir(e.Path), "!"+e.Name)}
	if upper {
		s.min, s.max, s.other = 512, math.MaxUint16, path.Join(path.Dir(e.Path), e.Name[1:])
	}
	for _, f := range d.Files {
		if f.Path != s.other {
			continue
		}
		for _, line := range tree.Lines(string(f.Content)) {
			if line.Grants {
				s.others = append(s.others, line.Grant)
			}
		}
	}
	return s
}

// lines looks at the lines of a byuid file.
func (l *linter) lines(e tree.Entry, s *siblings) {
	for _, line := range tree.Lines(string(e.Content)) {
		f, ok := l.line(line, s)
		if ok {
			f.Line, f.Column = line.Number, max(f.Column, 1)+line.Column-1
			l.report(f.Kind, e.Path, f)
		}
		if line.Grants {
			s.before = append(s.before, line)
		}
	}
}

// line is what is wrong with a line, the first thing if there are more.
func (l *linter) line(line tree.Line, s *siblings) (Finding, bool) {
	text, _, nul := strings.Cut(line.Text, "\x00")
	bare := strings.Trim(text, " \t\n\v\f\r")
	switch {
	case line.Column > 1 && line.Grants:
		return Finding{Kind: LineRest}, true
	case line.Column > 1:
		return Finding{}, false
	case !line.Whole:
		return Finding{Kind: LineLong, Column: tree.Chunk + 1}, true
	case line.Grants && nul:
		return Finding{Kind: LineNUL, Column: len(text) + 1, Instead: text}, true
	case line.Grants:
		for _, c := range grantChecks {
			if f, ok := c.find(l, grantOf{line, s}); ok {
				f.Kind = c.kind
				return f, true
			}
		}
		return Finding{}, false
	case !nul && (bare == "" || bare[0] == '#'):
		return Finding{}, false
	default:
		return l.mend(line.Text), true
	}
}

// grantOf is a line that is a grant, and what else is looked up.
type grantOf struct {
	tree.Line
	*siblings
}

// grantChecks are of lines that have the form of a grant.
var grantChecks = []check[grantOf]{
	{LineReversed, reversed},
	{LineHalf, otherHalf},
	{LineFree, free},
	{LineRepeated, repeated},
	{LineHidden, hiddenByPort},
	{LinePart, otherPart},
}

func reversed(_ *linter, g grantOf) (Finding, bool) {
	from, to, low, high := g.Grant.From, g.Grant.To, g.Grant.Min, g.Grant.Max
	if from.Compare(to) <= 0 && low <= high {
		return Finding{}, false
	}
	if to.Less(from) {
		from, to = to, from
	}
	where, ports := from.String()+"-"+to.String(), portsText(min(low, high), max(low, high))
	if text, _, _ := strings.Cut(g.Text, ","); strings.Contains(text, "/") || from == to {
		where = strings.Trim(text, " \t") // a prefix, or an address
		where, _, _ = strings.Cut(where, ":")
	}
	return Finding{Instead: where + "," + ports}, true
}

// otherHalf finds a line all of whose ports are looked up in the other file.
func otherHalf(_ *linter, g grantOf) (Finding, bool) {
	outside := g.Grant.Max < g.min || g.Grant.Min > g.max
	return Finding{Detail: g.other}, outside && g.Grant.Min < firstFree && g.Grant.Max > 0
}

// otherPart finds a line some of whose ports are looked up in the other file, and
// not permitted there.
func otherPart(_ *linter, g grantOf) (Finding, bool) {
	rest := g.Grant
	if g.min == 1 {
		rest.Min, rest.Max = g.max+1, min(rest.Max, firstFree-1)
	} else {
		rest.Min, rest.Max = max(rest.Min, 1), g.min-1
	}
	if rest.Min > rest.Max {
		return Finding{}, false
	}
	for _, other := range g.others {
		if other.Contains(rest) {
			return Finding{}, false
		}
	}
	where, _, _ := strings.Cut(strings.TrimSpace(g.Text), ",")
	where, _, _ = strings.Cut(where, ":"+strconv.FormatUint(uint64(g.Grant.Min), 10))
	return Finding{Detail: g.other, Instead: where + "," + portsText(rest.Min, rest.Max)}, true
}

func free(_ *linter, g grantOf) (Finding, bool) {
	return Finding{Detail: portsText(g.Grant.Min, g.Grant.Max)}, g.Grant.Min >= firstFree || g.Grant.Max == 0
}

// repeated finds a line that an earlier one covers.
func repeated(_ *linter, g grantOf) (Finding, bool) {
	for _, b := range g.before {
		if b.Grant.Contains(g.Grant) {
			return Finding{Detail: strconv.Itoa(b.Number)}, true
		}
	}
	return Finding{}, false
}

// hiddenByPort finds a line about a port that a file of byport decides.
func hiddenByPort(_ *linter, g grantOf) (Finding, bool) {
	if g.Grant.Min != g.Grant.Max {
		return Finding{}, false
	}
	file := decider(g.trees, uint16(g.Grant.Min), nil)
	return Finding{Subject: file}, file != ""
}

func portsText(low, high uint32) string {
	text := strconv.FormatUint(uint64(low), 10)
	if low != high {
		text += "-" + strconv.FormatUint(uint64(high), 10)
	}
	return text
}
