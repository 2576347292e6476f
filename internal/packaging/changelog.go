package packaging

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Entry is one version of CHANGELOG.md.
type Entry struct {
	Version string
	Date    time.Time
	Changes []string // each one line
}

// ReadChangelog returns the versions that the text of CHANGELOG.md has, newest
// first. What is not released yet counts as the given version, of the given date;
// a version without a change is left out unless it is that one.
func ReadChangelog(text, version string, date time.Time) ([]Entry, error) {
	var entries []Entry
	in := false // in a change, which may go on for more lines
	for n, line := range strings.Split(text, "\n") {
		change, isChange := strings.CutPrefix(line, "- ")
		switch {
		case strings.HasPrefix(line, "## "):
			entry, err := heading(line, version, date)
			if err != nil {
				return nil, fmt.Errorf("CHANGELOG.md:%d: %w", n+1, err)
			}
			entries = append(entries, entry)
			in = false
		case len(entries) == 0:
		case isChange:
			last := &entries[len(entries)-1]
			last.Changes = append(last.Changes, change)
			in = true
		case in && strings.HasPrefix(line, "  "):
			changes := entries[len(entries)-1].Changes
			changes[len(changes)-1] += " " + strings.TrimSpace(line)
		default:
			in = false
		}
	}
	return settle(entries, version, date), nil
}

// heading reads "## [1.2.3] - 2026-01-31" or "## [Unreleased]".
func heading(line, version string, date time.Time) (Entry, error) {
	name, rest, found := strings.Cut(strings.TrimPrefix(line, "## ["), "]")
	if !found || strings.HasPrefix(name, "#") {
		return Entry{}, fmt.Errorf("%q is no heading of a version", line)
	}
	if name == "Unreleased" {
		return Entry{Version: version, Date: date}, nil
	}
	day, err := time.Parse(" - 2006-01-02", rest)
	if err != nil {
		return Entry{}, fmt.Errorf("read date of version %s: %w", name, err)
	}
	return Entry{Version: name, Date: day.Add(12 * time.Hour)}, nil
}

// settle drops empty entries, and sees to it that the first is of the version.
func settle(entries []Entry, version string, date time.Time) []Entry {
	var kept []Entry
	for _, e := range entries {
		if len(e.Changes) > 0 {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 || kept[0].Version != version {
		kept = append([]Entry{{Version: version, Date: date, Changes: []string{"New version."}}}, kept...)
	}
	return kept
}

// DebianChangelog is deb-changelog(5) of a package.
func DebianChangelog(name string, entries []Entry) string {
	var b strings.Builder
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s (%s-%s) unstable; urgency=medium\n\n", name, Debian(e.Version), Revision)
		for _, change := range e.Changes {
			b.WriteString(wrap("  * ", "    ", strings.ReplaceAll(change, "`", "")))
		}
		fmt.Fprintf(&b, "\n -- %s  %s\n", Maintainer, e.Date.UTC().Format(time.RFC1123Z))
	}
	return b.String()
}

// wrap breaks a text into lines of at most 78 columns.
func wrap(first, next, text string) string {
	var b strings.Builder
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case len(line)+1+len(word) > 78:
			b.WriteString(line + "\n")
			line = next + word
		default:
			line += " " + word
		}
	}
	return b.String() + line + "\n"
}

// NFPMChangelog is what nfpm makes the changelog of an RPM of. JSON is YAML.
func NFPMChangelog(entries []Entry) ([]byte, error) {
	type change struct {
		Note string `json:"note"`
	}
	type entry struct {
		Version  string   `json:"semver"`
		Date     string   `json:"date"`
		Packager string   `json:"packager"`
		Changes  []change `json:"changes"`
	}
	var list []entry
	for _, e := range entries {
		out := entry{Version: Debian(e.Version) + "-" + Revision, Date: e.Date.UTC().Format(time.RFC3339), Packager: Maintainer}
		for _, c := range e.Changes {
			out.Changes = append(out.Changes, change{strings.ReplaceAll(c, "`", "")})
		}
		list = append(list, out)
	}
	return json.MarshalIndent(list, "", "  ")
}
