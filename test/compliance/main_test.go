package compliance

import (
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// minCases is how many cases the suite must have.
const minCases = 250

func TestMain(m *testing.M) { testenv.Main(m) }

func TestCompliance(t *testing.T) {
	testenv.RequireRoot(t)
	keepDescriptors()
	cases := loadCases(t)
	programs := buildPrograms(t)
	for _, s := range subjects(t) {
		t.Run(s.name, func(t *testing.T) {
			kept := &keeper{}
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { runCase(t, s, programs, kept, c) })
			}
			kept.release(t)
		})
	}
}

// keepDescriptors keeps what this process was started with from the programs:
// a case that asks for the descriptors shall see those of the case.
func keepDescriptors() {
	for fd := 3; fd < 1024; fd++ {
		unix.CloseOnExec(fd)
	}
}

func TestCaseCount(t *testing.T) {
	if n := len(loadCases(t)); n < minCases {
		t.Errorf("%d cases, want at least %d", n, minCases)
	}
}

func TestCaseNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range loadCases(t) {
		if seen[c.name] {
			t.Errorf("two cases are named %s", c.name)
		}
		seen[c.name] = true
	}
}
