package policy_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go4.org/netipx"
	"pgregory.net/rapid"

	"gobind/policy"
)

func ports() *rapid.Generator[uint16] {
	return rapid.SampledFrom([]uint16{1, 79, 80, 81, 443, 511, 512, 1023, 1024, 65535})
}

func TestRangeLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low, high, addr := addrs().Draw(t, "min"), addrs().Draw(t, "max"), addrs().Draw(t, "addr")
		pLow, pHigh, port := ports().Draw(t, "pmin"), ports().Draw(t, "pmax"), ports().Draw(t, "port")
		line := fmt.Sprintf("%s-%s,%d-%d", policy.AddrText(low), policy.AddrText(high), pLow, pHigh)
		want := netipx.IPRangeFrom(low, high).Contains(addr) && pLow <= port && port <= pHigh
		if got := byUID(line, addr, port).Verdict == policy.Permit; got != want {
			t.Errorf("%q permits %s port %d: %v, want %v", line, addr, port, got, want)
		}
	})
}

func TestPrefixLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, addr := addrs().Draw(t, "base"), addrs().Draw(t, "addr")
		length := rapid.IntRange(0, base.BitLen()).Draw(t, "length")
		prefix := netip.PrefixFrom(base, length)
		if rapid.Bool().Draw(t, "masked") {
			prefix = prefix.Masked()
		}
		port := ports().Draw(t, "port")
		want := prefix.Masked() == prefix && prefix.Contains(addr)

		where := fmt.Sprintf("%s/%d", policy.AddrText(prefix.Addr()), length)
		lines := []string{fmt.Sprintf("%s,%d", where, port)}
		if base.Is4() {
			lines = append(lines, fmt.Sprintf("%s:%d,%d", where, port, port))
		}
		for _, line := range lines {
			if got := byUID(line, addr, port).Verdict == policy.Permit; got != want {
				t.Errorf("%q permits %s: %v, want %v", line, addr, got, want)
			}
		}
	})
}

// The grammar again, as regular expressions.
var (
	legacyForm = grammar(`^_u\._u\._u\._u/_u:_u,_u_b$`)
	form       = grammar(`^([^,]*),_u(-_u)?_b$`)
	lengthForm = grammar(`^([^/-]*)/_u_b$`)
)

func grammar(expr string) *regexp.Regexp {
	expr = strings.ReplaceAll(expr, "_u", `_b\+?([0-9]+)`)
	return regexp.MustCompile(strings.ReplaceAll(expr, "_b", `[ \t\n\v\f\r]*`))
}

func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 1 << 40 // beyond everything
	}
	return n
}

// modelLine says what a line of less than 298 bytes permits.
func modelLine(line string, addr netip.Addr, port uint16) bool {
	line, _, _ = strings.Cut(line, "\x00")
	if m := legacyForm.FindStringSubmatch(line); m != nil && addr.Is4() {
		var octets []string
		for _, octet := range m[1:5] {
			octets = append(octets, strconv.FormatUint(number(octet), 10))
		}
		return modelPorts(m[6], m[7], port) && number(m[7]) <= 65535 &&
			modelPrefix(strings.Join(octets, "."), m[5], addr)
	}
	m := form.FindStringSubmatch(line)
	if m == nil || strings.Contains(m[1], "%") { // netipx drops the zone of a range
		return false
	}
	high := m[2]
	if m[3] != "" {
		high = m[4]
	}
	if !modelPorts(m[2], high, port) {
		return false
	}
	if p := lengthForm.FindStringSubmatch(m[1]); p != nil {
		return modelPrefix(p[1], p[2], addr)
	}
	if r, err := netipx.ParseIPRange(m[1]); err == nil {
		return r.From().Zone() == "" && r.Contains(addr)
	}
	one, err := netip.ParseAddr(m[1])
	return err == nil && one == addr
}

func modelPorts(low, high string, port uint16) bool {
	return number(low) <= uint64(port) && uint64(port) <= number(high) && number(high) < 1<<32
}

func modelPrefix(text, length string, addr netip.Addr) bool {
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" || number(length) > uint64(ip.BitLen()) {
		return false
	}
	p := netip.PrefixFrom(ip, int(number(length)))
	return p == p.Masked() && p.Contains(addr)
}

// anyLine draws lines that are nearly in one of the forms: pieces of one, with
// now and then a piece too much, too few, or wrong.
func anyLine() *rapid.Generator[string] {
	space := rapid.SampledFrom([]string{"", "", "", "", "", "", " ", "\t", "\r", "\v "})
	num := rapid.SampledFrom([]string{"80", "80", "0", "1", "+80", "080", "127", "8", "32", "128", "65535", "65536",
		"4294967295", "4294967376", "-1", "+", "x"})
	length := rapid.SampledFrom([]string{"32", "8", "0", "128", "96", "33", "129", "+8", "008"})
	text := rapid.SampledFrom([]string{"127.0.0.1", "127.0.0.0", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1",
		"::ffff:0:0", "127.0.0.01", "::1%lo", "255.255.255.255", "ffff::"})
	octet := rapid.SampledFrom([]string{"127", "0", "0", "0", "1", "+1", "00", "256"})
	forms := [][]*rapid.Generator[string]{
		{space, octet, just("."), octet, just("."), octet, just("."), space, octet, just("/"), length, just(":"),
			space, num, just(","), space, num, space},
		{text, just(","), space, num, space},
		{text, just(","), space, num, just("-"), space, num, space},
		{text, just("/"), space, length, space, just(","), num},
		{text, just("-"), text, just(","), num, just("-"), num},
	}
	odd := rapid.SampledFrom([]string{"", "", " ", ",", "-", "/", ":", ".", "#", "\x00", "0", "+"})
	return rapid.Custom(func(t *rapid.T) string {
		pieces := rapid.SampledFrom(forms).Draw(t, "form")
		wrong := rapid.IntRange(0, 4*len(pieces)).Draw(t, "wrong")
		var line strings.Builder
		for i, piece := range pieces {
			if i == wrong {
				piece = odd
			}
			line.WriteString(piece.Draw(t, "piece"))
		}
		return line.String()
	})
}

func just(text string) *rapid.Generator[string] { return rapid.Just(text) }

func TestLineModel(t *testing.T) {
	targets := rapid.SampledFrom([]string{"127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"})
	rapid.Check(t, func(t *rapid.T) {
		line, addr := anyLine().Draw(t, "line"), netip.MustParseAddr(targets.Draw(t, "addr"))
		want := modelLine(line, addr, 80)
		if got := byUID(line, addr, 80).Verdict == policy.Permit; got != want {
			t.Errorf("%q permits %s: %v, want %v", line, addr, got, want)
		}
	})
}

// Lines that do not parse change nothing, wherever they stand, but the number of
// the line that permits.
func TestUnparsableLines(t *testing.T) {
	comment := rapid.StringMatching(`#[ -~]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(anyLine()).Draw(t, "lines")
		addr := rapid.SampledFrom([]string{"127.0.0.1", "::1"}).Draw(t, "addr")
		before := byUID(strings.Join(lines, "\n"), netip.MustParseAddr(addr), 80)
		var more []string
		for _, line := range lines {
			more = append(append(more, rapid.SliceOfN(comment, 0, 2).Draw(t, "comments")...), line)
		}
		after := byUID(strings.Join(more, "\n")+"\n# end", netip.MustParseAddr(addr), 80)
		if after.Source.Line < before.Source.Line || after.Source.Line > 3*before.Source.Line {
			t.Errorf("decided by line %d with comments, by %d without", after.Source.Line, before.Source.Line)
		}
		before.Source.Line, after.Source.Line = 0, 0
		if before != after {
			t.Errorf("%+v with comments, %+v without", after, before)
		}
	})
}
