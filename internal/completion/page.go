package completion

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// pageOption is an option on a line of a manual page, after Fl: -name, or n.
var pageOption = regexp.MustCompile(`(?:\bFl |[|,] )-([a-z-]{2,})|\bFl ([a-z]+)`)

// Page compares the options of a manual page with those of the program: each has all of
// the other's.
func Page(file string, p Program) error {
	text, err := os.ReadFile(file) //nolint:gosec // a page of the repository
	if err != nil {
		return err
	}
	page, program := pageOptions(string(text)), map[string]bool{}
	for _, f := range p.all() {
		for _, word := range f.words() {
			program[strings.TrimLeft(word, "-")] = true
		}
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(program)) {
		if !page[name] {
			wrong = append(wrong, name+" is not on the page")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(page)) {
		if !program[name] {
			wrong = append(wrong, "the page has "+name+", and the program has not")
		}
	}
	if wrong != nil {
		return fmt.Errorf("%s: options: %s", file, strings.Join(wrong, "; "))
	}
	return nil
}

// pageOptions are the options that a page speaks of, without hyphens. Letters may stand
// together.
func pageOptions(text string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, ".") || !strings.Contains(line, "Fl ") {
			continue
		}
		for _, m := range pageOption.FindAllStringSubmatch(line, -1) {
			if m[1] != "" {
				found[m[1]] = true
			}
			for _, letter := range m[2] {
				found[string(letter)] = true
			}
		}
	}
	return found
}
