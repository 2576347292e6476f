package policy_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gobind/policy"
)

// The grammar and the judgement of gobind.rules(5) again, as regular expressions,
// texts of bits and loops that go forward over everything.

type modelRule struct {
	permit    bool
	who       string
	protocols string
	where     []string
}

var (
	modelName      = regexp.MustCompile(`^[A-Za-z0-9_\x{80}-\x{10ffff}][-.+@$\\A-Za-z0-9_\x{80}-\x{10ffff}]*$`)
	modelProtocols = regexp.MustCompile(`^(any|(tcp|udp|sctp)(,(tcp|udp|sctp))*)$`)
	modelHost      = regexp.MustCompile(`^(?:\*|([0-9.]+)(?:/(0|[1-9][0-9]?))?|\[([0-9A-Fa-f:.]+)\](?:/(0|[1-9][0-9]?|1[0-9][0-9]))?)$`)
	modelPort      = regexp.MustCompile(`^(?:\*|([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?)$`)
	onlyDigits     = regexp.MustCompile(`^[0-9]*$`)
)

// modelParse returns the rules by line from 0, nil where there is none, and the
// number of the first line that is no rule, or 0.
func modelParse(text string) ([]*modelRule, int) {
	var rules []*modelRule
	for i, line := range strings.Split(text, "\n") {
		rule, ok := modelParseLine(line)
		if !ok {
			return nil, i + 1
		}
		rules = append(rules, rule)
	}
	return rules, 0
}

func modelParseLine(line string) (*modelRule, bool) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\t' }
	if len(line) > 4096 || !utf8.ValidString(line) || strings.ContainsFunc(line, control) {
		return nil, false
	}
	var words []string
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if strings.HasPrefix(word, "#") {
			break
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return nil, true
	}
	if len(words) < 4 || words[0] != "permit" && words[0] != "deny" || !modelProtocols.MatchString(words[2]) || !modelIsWho(words[1]) {
		return nil, false
	}
	r := &modelRule{permit: words[0] == "permit", who: words[1], protocols: words[2], where: words[3:]}
	for i, where := range r.where {
		resolved, ok := modelResolve(where, r.protocols)
		if !ok {
			return nil, false
		}
		r.where[i] = resolved
	}
	return r, true
}

func modelIsWho(who string) bool {
	name := strings.TrimPrefix(who, ":")
	if onlyDigits.MatchString(name) {
		n, err := strconv.ParseUint(name, 10, 32)
		return err == nil && n != 1<<32-1 && strconv.FormatUint(n, 10) == name
	}
	return who == "*" || modelName.MatchString(name)
}

// modelResolve checks a place, and puts numbers for the names of services.
func modelResolve(where, protocols string) (string, bool) {
	i := strings.LastIndex(where, ":")
	if i < 0 || !modelIsHost(where[:i]) {
		return "", false
	}
	ports := strings.Split(where[i+1:], ",")
	for j, port := range ports {
		if regexp.MustCompile(`[^-0-9*]`).MatchString(port) {
			ports[j] = modelService(port, protocols)
		}
		m := modelPort.FindStringSubmatch(ports[j])
		if m == nil || number("0"+m[1]) > 65535 || number("0"+m[2]) > 65535 || m[2] != "" && number(m[1]) > number(m[2]) {
			return "", false
		}
	}
	return where[:i] + ":" + strings.Join(ports, ","), true
}

func modelService(name, protocols string) string {
	found := map[uint16]bool{}
	for i, protocol := range []string{"tcp", "udp", "sctp"} {
		if port := fakeServices[name][i]; port != 0 && (protocols == "any" || strings.Contains(","+protocols+",", ","+protocol+",")) {
			found[port] = true
		}
	}
	for port := range found {
		if len(found) == 1 {
			return strconv.Itoa(int(port))
		}
	}
	return ""
}

func modelIsHost(host string) bool {
	m := modelHost.FindStringSubmatch(host)
	if m == nil || host == "*" {
		return m != nil
	}
	addr, err := netip.ParseAddr(m[1] + m[3])
	if err != nil || addr.Is4() != (m[1] != "") || addr.Is4In6() {
		return false
	}
	bits, length := bitText(addr), number("0"+m[2]+m[4])
	if m[2]+m[4] == "" {
		return true
	}
	return length <= uint64(len(bits)) && !strings.Contains(bits[length:], "1")
}

// bitText is the address as zeros and ones.
func bitText(addr netip.Addr) string {
	var text strings.Builder
	for _, b := range addr.AsSlice() {
		fmt.Fprintf(&text, "%08b", b)
	}
	return text.String()
}

func (r *modelRule) matches(req policy.Request, addr netip.Addr) bool {
	return r.isAbout(req.Subject) && r.hasProtocol(req.Protocol) && r.contains(addr, req.Port)
}

func (r *modelRule) isAbout(s policy.Subject) bool {
	if r.who == "*" {
		return true
	}
	ids, known := []uint32{s.UID}, fakeUsers
	name, group := strings.CutPrefix(r.who, ":")
	if group {
		ids, known = append([]uint32{s.GID}, s.Groups...), fakeGroups
	}
	id, hasName := known[name]
	if onlyDigits.MatchString(name) {
		id, hasName = uint32(number(name)), true
	}
	for _, own := range ids {
		if hasName && own == id || !hasName && !r.permit && !hasValue(known, own) {
			return true
		}
	}
	return false
}

func (r *modelRule) hasProtocol(protocol policy.Protocol) bool {
	all := strings.Contains(r.protocols, "tcp") && strings.Contains(r.protocols, "udp") && strings.Contains(r.protocols, "sctp")
	if all || r.protocols == "any" {
		return true
	}
	return strings.Contains(","+r.protocols+",", ","+protocol.String()+",")
}

func (r *modelRule) contains(addr netip.Addr, port uint16) bool {
	for _, where := range r.where {
		i := strings.LastIndex(where, ":")
		for item := range strings.SplitSeq(where[i+1:], ",") {
			m := modelPort.FindStringSubmatch(item)
			in := item == "*" || m[1] == strconv.Itoa(int(port)) || m[2] != "" && number(m[1]) <= uint64(port) && uint64(port) <= number(m[2])
			if in && modelCovers(where[:i], addr) {
				return true
			}
		}
	}
	return false
}

func modelCovers(host string, addr netip.Addr) bool {
	if host == "*" {
		return true
	}
	m := modelHost.FindStringSubmatch(host)
	base := netip.MustParseAddr(m[1] + m[3])
	bits := bitText(base)
	if length := m[2] + m[4]; length != "" {
		bits = bits[:number(length)]
	}
	return base.Is4() == addr.Is4() && strings.HasPrefix(bitText(addr), bits)
}

// modelSaid is what files of rules say of a request, as said writes it, but for
// columns. A faulty text takes back all before it.
func modelSaid(req policy.Request, texts ...string) string {
	addrs := []netip.Addr{req.Addr}
	if req.Addr == netip.MustParseAddr("::") {
		addrs = append(addrs, netip.MustParseAddr("0.0.0.0"))
	} else if req.Addr.Is4In6() {
		addrs[0] = netip.AddrFrom4([4]byte(req.Addr.AsSlice()[12:]))
	}
	var words []word
	for _, addr := range addrs {
		words = append(words, modelWord(req, addr, texts))
	}
	return joined(words).String()
}

// word is the word on one address.
type word struct {
	verdict    string // nothing, permit, deny, syntax, one family
	file, line int
}

func (w word) String() string {
	if w.verdict == "nothing" {
		return w.verdict
	}
	return fmt.Sprintf("%s %c:%d", w.verdict, 'a'+w.file, w.line)
}

func modelWord(req policy.Request, addr netip.Addr, texts []string) word {
	last := word{verdict: "nothing"}
	for file, text := range texts {
		rules, bad := modelParse(text)
		if bad != 0 {
			last = word{"syntax", file, bad}
		}
		for line, rule := range rules {
			if rule != nil && rule.matches(req, addr) {
				last = word{map[bool]string{true: "permit", false: "deny"}[rule.permit], file, line + 1}
			}
		}
	}
	return last
}

// joined is the word on two addresses of which both are needed: of two refusals
// the later line's, of two permissions the earlier line's.
func joined(words []word) word {
	a := words[0]
	for _, b := range words[1:] {
		aRefuses, bRefuses := a.verdict == "deny" || a.verdict == "syntax", b.verdict == "deny" || b.verdict == "syntax"
		aLater := a.file > b.file || a.file == b.file && a.line > b.line
		switch {
		case aRefuses && bRefuses && !aLater, bRefuses && !aRefuses:
			a = b
		case aRefuses:
		case a.verdict == "permit" && b.verdict == "permit" && aLater:
			a = b
		case a.verdict == "permit" && b.verdict == "nothing":
			a.verdict = "one family,"
		case b.verdict == "permit" && a.verdict == "nothing":
			a = word{"one family,", b.file, b.line}
		}
	}
	return a
}
