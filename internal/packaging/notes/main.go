// Command notes prints what is new in the version that a tag names, for its release,
// from VERSION, CHANGELOG.md and debian/changelog in the working directory; it fails
// if these and the tag are not of one version.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gobind/internal/packaging"
)

func main() {
	notes, err := read(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
	fmt.Print(notes)
}

func read(args []string) (string, error) {
	if len(args) != 1 {
		return "", errors.New("usage: notes TAG")
	}
	var texts []string
	for _, name := range []string{"VERSION", "CHANGELOG.md", "debian/changelog"} {
		text, err := os.ReadFile(name) //nolint:gosec // one of three
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	return packaging.ReleaseNotes(args[0], strings.TrimSpace(texts[0]), texts[1], texts[2])
}
