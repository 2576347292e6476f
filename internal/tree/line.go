package tree

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Chunk is how much of a line of a byuid file is read at once, in bytes. The rest
// of a longer line is read as a line of its own.
const Chunk = 298

// Line is a line of a byuid file, as it is read.
type Line struct {
	Number int    // from 1
	Column int    // from 1: where in a long line it begins
	Text   string // without the newline, and with what follows a NUL
	Whole  bool   // no part of a longer line
	Grant  Grant
	Grants bool // the line has the form of a grant; else it does nothing
}

// Grant is what a line permits: the addresses and the ports from the first to the
// last. If the first is greater than the last it is none.
type Grant struct {
	From, To netip.Addr // of one family, without zones
	Min, Max uint32
}

// Covers reports whether the grant is about the address and port.
func (g Grant) Covers(addr netip.Addr, port uint16) bool {
	return g.From.Is4() == addr.Is4() && g.From.Compare(addr) <= 0 && addr.Compare(g.To) <= 0 &&
		g.Min <= uint32(port) && uint32(port) <= g.Max
}

// Contains reports whether g covers all that other does.
func (g Grant) Contains(other Grant) bool {
	return g.From.Is4() == other.From.Is4() && g.From.Compare(other.From) <= 0 && other.To.Compare(g.To) <= 0 &&
		g.Min <= other.Min && other.Max <= g.Max
}

// Lines are the lines of a byuid file.
func Lines(text string) []Line {
	var all []Line
	for number, column := 1, 1; text != ""; {
		end := min(len(text), Chunk)
		i := strings.IndexByte(text[:end], '\n')
		if i >= 0 {
			end = i + 1
		}
		l := Line{Number: number, Column: column, Text: strings.TrimSuffix(text[:end], "\n")}
		l.Whole = column == 1 && (i >= 0 || end == len(text))
		l.Grant, l.Grants = ParseLine(text[:end])
		all = append(all, l)
		text = text[end:]
		column += end
		if i >= 0 {
			number, column = number+1, 1
		}
	}
	return all
}

// What scanf(3) takes for a number, and the forms of lines.
const (
	blanks = `[ \t\n\v\f\r]*`
	number = blanks + `\+?([0-9]+)`
)

var (
	olderForm = regexp.MustCompile(`^` + number + `\.` + number + `\.` + number + `\.` + number +
		`/` + number + `:` + number + `,` + number + blanks + `$`)
	lengthForm = regexp.MustCompile(`^` + number + blanks + `$`)
	portsForm  = regexp.MustCompile(`^` + number + `(?:-` + number + `)?` + blanks + `$`)
)

// ParseLine is what a line permits; false: nothing, it is not of either form.
func ParseLine(line string) (Grant, bool) {
	line, _, _ = strings.Cut(line, "\x00")
	if g, ok := parseOlder(line); ok {
		return g, true
	}
	where, ports, ok := strings.Cut(line, ",")
	p := portsForm.FindStringSubmatch(ports)
	if !ok || p == nil {
		return Grant{}, false
	}
	if p[2] == "" {
		p[2] = p[1]
	}
	low, ok1 := atoi(p[1])
	high, ok2 := atoi(p[2])
	from, to, ok3 := parseWhere(where)
	return Grant{from, to, low, high}, ok1 && ok2 && ok3
}

// parseOlder parses a.b.c.d/length:min,max.
func parseOlder(line string) (Grant, bool) {
	m := olderForm.FindStringSubmatch(line)
	if m == nil {
		return Grant{}, false
	}
	var n [7]uint32
	for i := range n {
		var ok bool
		if n[i], ok = atoi(m[i+1]); !ok || i < 4 && n[i] > 255 {
			return Grant{}, false
		}
	}
	ip := netip.AddrFrom4([4]byte{byte(n[0]), byte(n[1]), byte(n[2]), byte(n[3])})
	from, to, ok := prefixRange(ip, n[4])
	return Grant{from, to, n[5], n[6]}, ok && n[6] <= 65535
}

// parseWhere parses an address, a prefix or a range.
func parseWhere(where string) (from, to netip.Addr, ok bool) {
	if text, length, ok := strings.Cut(where, "/"); ok {
		ip, ok1 := parseIP(text)
		m := lengthForm.FindStringSubmatch(length)
		if !ok1 || m == nil {
			return from, to, false
		}
		bits, ok2 := atoi(m[1])
		from, to, ok = prefixRange(ip, bits)
		return from, to, ok && ok2
	}
	low, high, isRange := strings.Cut(where, "-")
	if !isRange {
		high = low
	}
	from, ok1 := parseIP(low)
	to, ok2 := parseIP(high)
	return from, to, ok1 && ok2 && from.Is4() == to.Is4()
}

// prefixRange is the first and the last address of a prefix without host bits.
func prefixRange(ip netip.Addr, bits uint32) (from, to netip.Addr, ok bool) {
	if bits > uint32(ip.BitLen()) {
		return from, to, false
	}
	p := netip.PrefixFrom(ip, int(bits))
	last := ip.AsSlice()
	for i := int(bits); i < ip.BitLen(); i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	to, _ = netip.AddrFromSlice(last)
	return ip, to, p.Masked() == p
}

func parseIP(text string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(text)
	return ip, err == nil && ip.Zone() == ""
}

func atoi(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil
}
