package compliance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// An expectation is what a step must answer: authbind's answer and, if gobind
// differs on purpose, its own with the id of the difference.
type expectation struct {
	theirs, ours, difference string
}

// parseExpectation parses "WANT" or "WANT | ours WANT ID".
func parseExpectation(text string) (expectation, error) {
	theirs, rest, differs := strings.Cut(text, " | ours ")
	e := expectation{theirs: strings.TrimSpace(theirs)}
	if !differs {
		return e, nil
	}
	rest = strings.TrimSpace(rest)
	i := strings.LastIndexByte(rest, ' ')
	if i < 0 || !differenceID.MatchString(rest[i+1:]) {
		return e, fmt.Errorf("%q names no difference", text)
	}
	e.ours, e.difference = strings.TrimSpace(rest[:i]), rest[i+1:]
	return e, nil
}

// of is what the subject must answer.
func (e expectation) of(s subject) string {
	if s.name == "ours" && e.difference != "" {
		return e.ours
	}
	return e.theirs
}

// matches reports whether answer is what want asks for.
func matches(want, answer string) (bool, error) {
	switch {
	case len(want) > 1 && want[0] == '/' && want[len(want)-1] == '/':
		re, err := regexp.Compile(want[1 : len(want)-1])
		if err != nil {
			return false, fmt.Errorf("read the expectation %s: %w", want, err)
		}
		return re.MatchString(answer), nil
	case strings.HasPrefix(want, `"`):
		text, err := strconv.Unquote(want)
		if err != nil {
			return false, fmt.Errorf("read the expectation %s: %w", want, err)
		}
		return answer == text, nil
	default:
		return answer == want, nil
	}
}
