package compliance

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A testCase is a name, FILE/NAME, and steps.
type testCase struct {
	name  string
	share string // what names the cases with which it shares probes, or empty
	steps []step
}

// A step is one line of a case.
type step struct {
	where string // file:line, for messages
	words []string
	want  expectation
}

// loadCases reads all cases, tables expanded, in the order of files and lines.
func loadCases(t *testing.T) []testCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []testCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := parseFile(file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

// parseFile parses the cases of one file.
func parseFile(file, text string) ([]testCase, error) {
	p := parser{topic: strings.TrimSuffix(filepath.Base(file), ".txt")}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.line(fmt.Sprintf("%s:%d", file, i+1), line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	return p.cases, nil
}

// A parser collects the cases of a file.
type parser struct {
	topic string
	share string // the topic, once the file says that its cases share probes
	cases []testCase
	table *table // the one whose body or rows are being read
}

func (p *parser) line(where, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch {
	case verb == "share" && len(p.cases) == 0:
		p.share = p.topic
		return nil
	case verb == "case":
		p.table = nil
		p.cases = append(p.cases, testCase{name: p.topic + "/" + rest, share: p.share})
		return nil
	case verb == "table":
		fields := strings.Fields(rest)
		p.table = &table{name: p.topic + "/" + fields[0], vars: fields[1:], share: p.share}
		return nil
	case verb == "row" && p.table != nil:
		c, err := p.table.row(where, strings.TrimSpace(rest))
		p.cases = append(p.cases, c)
		return err
	case p.table != nil:
		p.table.body = append(p.table.body, line)
		return nil
	case len(p.cases) == 0:
		return fmt.Errorf("%q belongs to no case", line)
	default:
		c := &p.cases[len(p.cases)-1]
		return c.add(where, line)
	}
}

// add parses a line into the next step of c.
func (c *testCase) add(where, line string) error {
	action, want, found := strings.Cut(line, " -> ")
	words, err := splitWords(action)
	if err != nil {
		return err
	}
	s := step{where: where, words: words, want: expectation{theirs: "OK"}}
	if found {
		s.want, err = parseExpectation(want)
	}
	c.steps = append(c.steps, s)
	return err
}

// splitWords splits at blanks; a word in double quotes is a Go string.
func splitWords(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end := strings.IndexByte(line+" ", ' ')
		if line[0] != '"' {
			words = append(words, line[:end])
			line = line[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, fmt.Errorf("read the string %s: %w", line, err)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("read the string %s: %w", line, err)
		}
		words = append(words, word)
		line = line[len(quoted):]
	}
	return words, nil
}
