package compliance

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A table is a case with variables; each of its rows is a case.
type table struct {
	name  string
	share string
	vars  []string
	body  []string
	rows  int
}

// row makes a case of the row's values, which stand in it as they will in the
// steps: quoted strings stay quoted. The last variable takes the rest.
func (tb *table) row(where, text string) (testCase, error) {
	tb.rows++
	values, err := rowValues(text, len(tb.vars))
	if err != nil {
		return testCase{}, err
	}
	label := strings.Join(strings.Fields(strings.Join(values[:len(values)-1], " ")), "_")
	label = strings.NewReplacer("/", "∕", `"`, "").Replace(label)
	c := testCase{share: tb.share, name: fmt.Sprintf("%s/%02d_%.40s", tb.name, tb.rows, label)}
	for _, line := range tb.body {
		if err := c.add(where, tb.substitute(line, values)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// substitute replaces the table's variables in line and leaves other names be.
func (tb *table) substitute(line string, values []string) string {
	return os.Expand(line, func(name string) string {
		if i := slices.Index(tb.vars, name); i >= 0 {
			return values[i]
		}
		return "$" + name
	})
}

// rowValues splits text into n values.
func rowValues(text string, n int) ([]string, error) {
	var values []string
	for ; len(values) < n-1; text = strings.TrimSpace(text) {
		value, _, _ := strings.Cut(text, " ")
		if strings.HasPrefix(text, `"`) {
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, fmt.Errorf("read the string %s: %w", text, err)
			}
			value = quoted
		}
		values = append(values, value)
		text = text[len(value):]
	}
	if text == "" {
		return nil, fmt.Errorf("the row has fewer than %d values", n)
	}
	return append(values, text), nil
}
