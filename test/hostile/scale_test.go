package hostile

import (
	"os"
	"strconv"
)

// scaled is a count of repetitions: n in an ordinary run, times GOBIND_HOSTILE_SCALE
// in one of make test-hostile.
func scaled(n int) int {
	if scale, err := strconv.Atoi(os.Getenv("GOBIND_HOSTILE_SCALE")); err == nil && scale > 0 {
		return n * scale
	}
	return n
}
