package packaging

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// version is a version as Semantic Versioning has it, of which packages can be made.
var version = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$`)

// ReleaseNotes returns what the text of CHANGELOG.md says of a version, for whoever
// reads of its release. It is an error if the source tree is not ready for that: the
// tag is another's, the version is no version, CHANGELOG.md has nothing of it or has
// something that is not released yet, debian/changelog begins with another.
func ReleaseNotes(tag, of, changelog, debian string) (string, error) {
	if !version.MatchString(of) {
		return "", fmt.Errorf("VERSION is %q, which is no version", of)
	}
	if tag != "v"+of {
		return "", fmt.Errorf("the tag is %q, and VERSION is %s: the tag has to be v%s", tag, of, of)
	}
	if strings.TrimSpace(section(changelog, "[Unreleased]")) != "" {
		return "", errors.New("CHANGELOG.md has changes that are [Unreleased]")
	}
	notes := strings.TrimSpace(section(changelog, "["+of+"] - "))
	if notes == "" {
		return "", fmt.Errorf("CHANGELOG.md has no changes of version %s", of)
	}
	if want := "gobind (" + Debian(of) + "-" + Revision + ") "; !strings.HasPrefix(debian, want) {
		return "", fmt.Errorf("debian/changelog does not begin with %q", strings.TrimSpace(want))
	}
	return "# gobind " + of + "\n\n" + notes + "\n", nil
}

// section is what stands below the heading of level two that begins so.
func section(text, heading string) string {
	var b strings.Builder
	in := false
	for line := range strings.Lines(text) {
		if rest, isHeading := strings.CutPrefix(line, "## "); isHeading {
			in = strings.HasPrefix(strings.TrimSpace(rest)+" ", heading)
			continue
		}
		if in && !link.MatchString(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// link is a line that says where a heading in brackets leads.
var link = regexp.MustCompile(`^\[[^]]+\]: `)
