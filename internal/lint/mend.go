package lint

import (
	"regexp"
	"strconv"
	"strings"

	"gobind/internal/tree"
)

// mender guesses what a line that does nothing was meant to say, and notes what is
// wrong with it.
type mender struct {
	*linter
	line  string
	first Finding // what is wrong, the first thing
	where []string
	ports []string
}

// mend says what is wrong with a line that has the form of no grant, and what to
// write instead, if that can be guessed.
func (l *linter) mend(line string) Finding {
	m := mender{linter: l, line: line}
	text := m.trim(line)
	where, ports, ok := m.split(text)
	if _, good := tree.ParseLine(text); good {
		m.first.Instead = text
		return m.first
	}
	if ok {
		m.mendWhere(where)
		m.mendPorts(ports)
	}
	var instead []string
	for _, where := range m.where {
		for _, ports := range m.ports {
			if _, ok := tree.ParseLine(where + "," + ports); !ok {
				return Finding{Kind: LineNothing}
			}
			instead = append(instead, where+","+ports)
		}
	}
	if len(instead) == 0 {
		return Finding{Kind: LineNothing}
	}
	m.fault(LineForm, text, "")
	m.first.Instead = strings.Join(instead, "\n")
	return m.first
}

// fault notes what is wrong with a part of the line.
func (m *mender) fault(kind Kind, part, detail string) {
	if m.first.Kind == "" {
		m.first = Finding{Kind: kind, Subject: part, Detail: detail, Column: max(strings.Index(m.line, part), 0) + 1}
	}
}

// trim is the line without what surrounds the rule.
func (m *mender) trim(text string) string {
	if rest, ok := strings.CutPrefix(text, "\ufeff"); ok {
		m.fault(LineBOM, "\ufeff", "")
		text = rest
	}
	if before, _, ok := strings.Cut(text, "\x00"); ok {
		m.fault(LineNUL, "\x00", "")
		text = before
	}
	if before, _, ok := strings.Cut(text, "#"); ok {
		m.fault(LineComment, text[len(before):], "")
		text = before
	}
	if rest := strings.TrimLeft(text, " \t\v\f\r"); rest != text {
		m.fault(LineBlank, text[:len(text)-len(rest)], "")
		text = rest
	}
	return strings.TrimRight(text, " \t\v\f\r\n")
}

// forms are what people write, with where first and ports second.
var forms = []*regexp.Regexp{
	regexp.MustCompile(`^()(\d+(?:-\d+)?)$`),                        // 80
	regexp.MustCompile(`^([^,\s]+?)\s*,\s*(.+)$`),                   // the right one
	regexp.MustCompile(`^(\[[^\]]*\](?:/\d+)?)[\s:]\s*(.+)$`),       // [::1]:80
	regexp.MustCompile(`^(\d+(?:\.\d+)*(?:/[\d.]+)?)[\s:]\s*(.+)$`), // 192.0.2.1:80
	regexp.MustCompile(`^([0-9a-fA-F:.]+(?:/\d+)?)\s+(.+)$`),        // ::1 80
	regexp.MustCompile(`^(\d+\.\d+\.\d+\.\d+/\d+)/(\d+)$`),          // 0.0.0.0/0/53
	regexp.MustCompile(`^([0-9a-fA-F:]*:[0-9a-fA-F:]*/\d+):(\S+)$`), // ::/0:80
	regexp.MustCompile(`^(\*|any|all)?[\s:]\s*(.+)$`),               // *:80
}

// olderForm is a.b.c.d/length:min,max.
var olderForm = regexp.MustCompile(`^([\d.]+/\d+):(\d+),(\d+)$`)

// split splits the line into where and ports.
func (m *mender) split(text string) (where, ports string, ok bool) {
	if p := olderForm.FindStringSubmatch(text); p != nil {
		return p[1], p[2] + "-" + p[3], true
	}
	for _, form := range forms {
		if p := form.FindStringSubmatch(text); p != nil {
			return p[1], p[2], true
		}
	}
	return "", "", false
}

// mendPorts notes the ports that the line is about.
func (m *mender) mendPorts(text string) {
	items := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	if len(items) > 1 {
		m.fault(LineList, text, "")
	}
	for _, item := range items {
		ports, ok := m.mendPort(item)
		if !ok {
			m.ports = nil
			return
		}
		m.ports = append(m.ports, ports)
	}
}

// mendPort is a port or a range of ports, of numbers, services or a star.
func (m *mender) mendPort(text string) (string, bool) {
	if text == "*" || text == "any" || text == "all" {
		m.fault(LineStar, text, "")
		return "1-511", true
	}
	if port, ok := m.port(text); ok && strings.Trim(text, "+0123456789") != "" {
		m.fault(LineService, text, "")
		return strconv.Itoa(int(port)), true
	}
	low, high, isRange := strings.Cut(text, "-")
	from, ok1 := m.number(low)
	if !isRange {
		return portsText(from, from), ok1
	}
	to, ok2 := m.number(high)
	if from > to {
		m.fault(LineReversed, text, "")
		from, to = to, from
	}
	return portsText(from, to), ok1 && ok2
}

// number is a number as authbind takes it, modulo 2^32.
func (m *mender) number(text string) (uint32, bool) {
	digits := strings.TrimPrefix(strings.Trim(text, " \t"), "+")
	if n, err := strconv.ParseUint(digits, 10, 32); err == nil {
		return uint32(n), true
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err == nil {
		m.fault(LineWrapped, text, strconv.FormatUint(n&0xffffffff, 10))
	}
	return uint32(n), err == nil
}
