package policy

import (
	"strconv"
	"strings"
)

// The characters that isspace(3) and isdigit(3) know.
const (
	blanks = " \t\n\v\f\r"
	digits = "0123456789"
)

// scanner reads text as scanf(3) would. Once something is not as expected it is
// bad, and stays so.
type scanner struct {
	rest string
	bad  bool
}

// number reads as %u does: blanks, a plus sign, decimal digits. Unlike %u it does
// not take numbers that need more than 32 bits, or negative ones: authbind lets
// them wrap around.
func (s *scanner) number() uint32 {
	text := strings.TrimPrefix(strings.TrimLeft(s.rest, blanks), "+")
	s.rest = strings.TrimLeft(text, digits)
	n, err := strconv.ParseUint(text[:len(text)-len(s.rest)], 10, 32)
	s.bad = s.bad || err != nil
	return uint32(n)
}

// literal reads text, which must come next.
func (s *scanner) literal(text string) {
	rest, ok := strings.CutPrefix(s.rest, text)
	s.rest, s.bad = rest, s.bad || !ok
}

// end reports whether all was as expected, and only blanks are left.
func (s *scanner) end() bool {
	return !s.bad && strings.Trim(s.rest, blanks) == ""
}
