package packages

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link is a link in a text, to a file.
var link = regexp.MustCompile(`\]\(([^)#:]+)[)#]`)

// A link in a text that comes along leads to what comes along.
func TestLinks(t *testing.T) {
	for format, files := range formats(t, "gobind") {
		links := 0
		for name, e := range files {
			if !strings.HasSuffix(name, ".md") {
				continue
			}
			for _, found := range link.FindAllStringSubmatch(string(e.text), -1) {
				links++
				if _, ok := files[filepath.Join(filepath.Dir(name), found[1])]; !ok {
					t.Errorf("%s: %s has a link to %s, which is not there", format, name, found[1])
				}
			}
		}
		if links < 50 {
			t.Errorf("%s: only %d links", format, links)
		}
	}
}
