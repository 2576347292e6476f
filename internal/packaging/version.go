package packaging

import "strings"

// Revision is the packages' revision of a version of gobind.
const Revision = "1"

// Maintainer is whom the packages name.
const Maintainer = "The gobind authors <gobind@example.org>"

// Debian is a version as deb and rpm write it, without the revision: what comes
// before a release sorts before it.
func Debian(version string) string {
	number, before, found := strings.Cut(version, "-")
	if !found {
		return version
	}
	return number + "~" + strings.ReplaceAll(before, "-", "_")
}

// Alpine is a version as apk writes it, without the revision. apk knows few words for what comes before a
// release, and refuses all others: what it does not know is pre.
func Alpine(version string) string {
	number, before, found := strings.Cut(version, "-")
	if !found {
		return version
	}
	word, count, _ := strings.Cut(before, ".")
	switch word {
	case "alpha", "beta", "rc":
	default:
		word = "pre"
	}
	if strings.Trim(count, "0123456789") != "" {
		count = ""
	}
	return number + "_" + word + count
}
