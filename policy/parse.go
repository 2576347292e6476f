package policy

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLine bounds a line of a rules file, in bytes.
const maxLine = 4096

// ParseRules reads a file of rules: gobind.rules(5). Its error is a *RuleError,
// about the first line that is no rule.
func ParseRules[T string | []byte](file string, text T, names Names) ([]Rule, error) {
	return parseRules(file, string(text), names, nil)
}

// ParseRulesFor is ParseRules without the rules that are not about who. It needs
// no memory for them; nor does it copy a text that is a string.
func ParseRulesFor[T string | []byte](who Subject, file string, text T, names Names) ([]Rule, error) {
	return parseRules(file, string(text), names, &who)
}

func parseRules(file, text string, names Names, who *Subject) (rules []Rule, err error) {
	p := ruleParser{names: names, source: Source{File: file}}
	if who == nil {
		rules = make([]Rule, 0, 1+min(strings.Count(text, "\n"), len(text)/len("deny * any *:*")))
	}
	for text != "" {
		p.line, text, _ = strings.Cut(text, "\n")
		p.read = 0
		p.source.Line++
		rule, ok := p.rule()
		switch {
		case p.err != nil:
			return nil, p.err
		case ok && who == nil:
			rules = append(rules, rule)
		case ok && rule.IsAbout(*who, names):
			rule.Who.Name = strings.Clone(rule.Who.Name) // text may go
			rules = append(rules, rule)
		case ok:
			p.where, p.ports = p.where[:0], p.ports[:0]
		}
	}
	return rules, nil
}

// ruleParser reads rules line by line. Once something is wrong it goes on, but
// what it returns is worth nothing.
type ruleParser struct {
	names  Names
	source Source
	line   string
	read   int         // how much of line was read
	where  []Where     // of the rule that is being read: see room
	ports  []PortRange // of its last Where
	err    *RuleError  // the first thing that is wrong
}

// room is an empty slice, with what was left of the array of the last one if that
// will mostly do: so few rules need an array of their own.
func room[T any](last []T) []T {
	if cap(last)-len(last) < 8 {
		return make([]T, 0, 64)
	}
	return last[len(last):]
}

// fail says what is wrong with the line, and where: at is an index into it.
func (p *ruleParser) fail(at int, format string, args ...any) {
	if p.err == nil {
		text := strings.TrimPrefix(fmt.Sprintf(format, args...), `"": `) // of what is missing
		p.err = &RuleError{Source: p.source, Column: at + 1, Text: text}
	}
}

// rule reads the line, and returns false if it has no rule.
func (p *ruleParser) rule() (r Rule, ok bool) {
	if len(p.line) > maxLine {
		p.fail(maxLine, "the line is longer than %d bytes", maxLine)
	}
	if at := badByte(p.line); at >= 0 {
		p.fail(at, "byte 0x%02x: rules are UTF-8 text without control characters, in lines that end in a newline alone", p.line[at])
	}
	word, at := p.word()
	if word == "" {
		return r, false
	}
	r.Source = p.source
	switch word {
	case "permit":
		r.Verdict = Permit
	case "deny":
	default:
		p.fail(at, "%q: a rule begins with permit or deny", word)
	}
	r.Who = p.who(p.word())
	r.Protocols = p.protocols(p.word())
	p.where = room(p.where)
	word, at = p.word()
	for more := true; more; more = word != "" {
		p.place(word, at, r.Protocols)
		word, at = p.word()
	}
	r.Where = slices.Clip(p.where)
	return r, true
}

// badByte is the index of the first byte of the line that is not text, or -1.
func badByte(line string) int {
	for i := 0; i < len(line); {
		if c := line[i]; c == '\t' || ' ' <= c && c <= '~' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		if r < 0xa0 || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// word reads the next word, and tells its index. The line and a comment end in
// an empty one.
func (p *ruleParser) word() (word string, at int) {
	line, start := p.line, p.read
	for start < len(line) && (line[start] == ' ' || line[start] == '\t') {
		start++
	}
	end := start
	for end < len(line) && line[end] != ' ' && line[end] != '\t' && line[start] != '#' {
		end++
	}
	p.read = end
	return line[start:end], start
}

// who reads whom the rule is about.
func (p *ruleParser) who(word string, at int) Who {
	if word == "*" {
		return Who{}
	}
	name, group := strings.CutPrefix(word, ":")
	who, lookup := Who{Kind: User, Name: name}, p.names.User
	if group {
		who.Kind, lookup = Group, p.names.Group
	}
	id, known := number(name, math.MaxUint32-1)
	if !known {
		if !isName(name) {
			p.fail(at, "%q: a rule is about a user, a uid, :group, :gid or *", word)
			return who
		}
		id, known = lookup(name)
	}
	who.ID, who.Unknown = id, !known
	return who
}

// isName reports whether text can be the name of a user or group in a rule. What
// is meant otherwise elsewhere, as %wheel, !alice or alice,bob, cannot.
func isName(text string) bool {
	number := true
	for i, c := range []byte(text) {
		digit, letter := '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z'
		if !digit && !letter && c < utf8.RuneSelf && c != '_' && (i == 0 || strings.IndexByte(`-.+@$\`, c) < 0) {
			return false
		}
		number = number && digit
	}
	return !number
}

// protocolSets are the sets of protocols: 1 is tcp, 2 udp, 4 sctp.
var protocolSets = [...][]Protocol{
	1: {ProtocolTCP}, 2: {ProtocolUDP}, 3: {ProtocolTCP, ProtocolUDP}, 4: {ProtocolSCTP},
	5: {ProtocolTCP, ProtocolSCTP}, 6: {ProtocolUDP, ProtocolSCTP}, 7: {ProtocolTCP, ProtocolUDP, ProtocolSCTP},
}

// protocols reads the protocols of a rule.
func (p *ruleParser) protocols(word string, at int) []Protocol {
	set := 0
	for name := range strings.SplitSeq(word, ",") {
		switch {
		case name == "tcp":
			set |= 1
		case name == "udp":
			set |= 2
		case name == "sctp":
			set |= 4
		case word == "any":
			set = 7
		default:
			p.fail(at, "%q: a protocol is tcp, udp or sctp; commas make a list, and any is all", name)
		}
		at += len(name) + 1
	}
	return protocolSets[set]
}

// number reads a decimal number of at most limit, without leading zeros.
func number(text string, limit uint32) (n uint32, ok bool) {
	var wide uint64
	for _, c := range []byte(text) {
		if wide = 10*wide + uint64(c-'0'); c < '0' || c > '9' || wide > uint64(limit) {
			return 0, false
		}
	}
	return uint32(wide), text != "" && (text[0] != '0' || text == "0")
}
