package packaging

import (
	"strings"
	"testing"
)

const released = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-24

### Added

- One thing,
  on two lines.

## [1.1.0] - 2026-01-31

- The first.

[1.2.0]: https://example.org/1.2.0
`

// The notes of a release are what the changelog says of it, and of nothing else.
func TestReleaseNotes(t *testing.T) {
	const want = "# gobind 1.2.0\n\n### Added\n\n- One thing,\n  on two lines.\n"
	got, err := ReleaseNotes("v1.2.0", "1.2.0", released, "gobind (1.2.0-1) unstable; urgency=medium\n")
	if err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	got, err = ReleaseNotes("v1.1.0", "1.1.0", released, "gobind (1.1.0-1) unstable\n")
	if want := "# gobind 1.1.0\n\n- The first.\n"; err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
}

// A source tree whose parts are of different versions is not released.
func TestReleaseNotesRefused(t *testing.T) {
	const debian = "gobind (1.2.0-1) unstable; urgency=medium\n"
	unreleased := strings.Replace(released, "[Unreleased]\n", "[Unreleased]\n\n- Not yet.\n", 1)
	empty := strings.Replace(released, "[1.2.0]", "[1.3.0] - 2026-11-25\n\n## [1.2.0]", 1)
	for _, c := range []struct{ tag, version, changelog, debian, want string }{
		{"v1.2.1", "1.2.0", released, debian, "the tag has to be v1.2.0"},
		{"1.2.0", "1.2.0", released, debian, "the tag has to be v1.2.0"},
		{"", "1.2.0", released, debian, "the tag has to be v1.2.0"},
		{"vnext", "next", released, debian, "no version"},
		{"v1.2", "1.2", released, debian, "no version"},
		{"v1.2.0", "1.2.0", unreleased, debian, "[Unreleased]"},
		{"v1.2.1", "1.2.1", released, "gobind (1.2.1-1) ", "no changes of version 1.2.1"},
		{"v1.2.0-rc.1", "1.2.0-rc.1", released, debian, "no changes of version 1.2.0-rc.1"},
		{"v1.3.0", "1.3.0", empty, "gobind (1.3.0-1) ", "no changes of version 1.3.0"},
		{"v1.2.0", "1.2.0", released, "gobind (1.1.0-1) ", "debian/changelog"},
		{"v1.2.0", "1.2.0", "", debian, "no changes"},
	} {
		notes, err := ReleaseNotes(c.tag, c.version, c.changelog, c.debian)
		if err == nil || notes != "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %s: %q %v, want %s", c.tag, c.version, notes, err, c.want)
		}
	}
}
