package kit

import "os"

// Scale names the environment variable that asks for the full counts of some
// tests, which take minutes to hours, where an ordinary run takes seconds.
type Scale string

// Scales, each with a make target: test-hostile and test-failures.
const (
	Hostile  Scale = "GOBIND_HOSTILE"
	Failures Scale = "GOBIND_FAILURES"
)

// Full reports whether the full counts are wanted: the variable is "full".
func (s Scale) Full() bool { return os.Getenv(string(s)) == "full" }

// Of is the full count, or the small one of an ordinary run.
func (s Scale) Of(small, all int) int {
	if s.Full() {
		return all
	}
	return small
}
