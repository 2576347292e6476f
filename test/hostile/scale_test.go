package hostile

import "os"

// full is set by make test-hostile: counts are then those of docs/threat-model.md,
// which take minutes, and otherwise what takes seconds.
var full = os.Getenv("GOBIND_HOSTILE") == "full"

// scaled is a count: few in make test, many in make test-hostile.
func scaled(few, many int) int {
	if full {
		return many
	}
	return few
}
