package failure

import (
	"os"
	"testing"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// full reports whether the full counts are wanted.
func full() bool { return os.Getenv("GOBIND_FAILURES") == "full" }

// scaled is the full count, or the small one of an ordinary run.
func scaled(small, all int) int {
	if full() {
		return all
	}
	return small
}
