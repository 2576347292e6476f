package hostile

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/test/kit"
)

// F5b: a helper that was stopped when policy had permitted, and before it was bound,
// does not carry that out later than a second: it decides anew. Continued at once, it
// may.
func TestF5bStopped(t *testing.T) {
	const crowd = 6
	for name, kind := range policyKinds {
		t.Run(name, func(t *testing.T) {
			fs := kind.mount(t)
			counts := map[string]int{}
			for range kit.Hostile.Of(1, 50) {
				for when, c := range map[string]struct {
					late, withdrawn bool
					want            string
				}{
					"in time":             {false, false, "bound"},
					"late":                {true, false, "bound"},
					"late, and withdrawn": {true, true, "refused"},
				} {
					fs.Set(kind.name, kind.with)
					stopped := make([]*middle, crowd)
					for i := range stopped {
						m := kind.inTheMiddle(t, fs)
						m.stop(t)
						m.answer()
						if !m.stopped(t) {
							t.Fatal("it has ended")
						}
						m.silent(t, when)
						stopped[i] = m
					}
					if c.withdrawn {
						fs.Set(kind.name, kind.after)
					}
					if c.late {
						time.Sleep(1100 * time.Millisecond) // what a decision must not survive
					}
					for _, m := range stopped {
						asked := fs.Asked(kind.op, kind.name)
						kit.Kill(t, m.pid(), unix.SIGCONT)
						if got := m.outcome(t, when); got != c.want || c.late && fs.Asked(kind.op, kind.name) == asked {
							t.Errorf("%s: %s; policy was asked %d times more", when, got, fs.Asked(kind.op, kind.name)-asked)
						}
						counts[when]++
						m.end(t, when)
					}
				}
			}
			t.Logf("stopped between decision and bind, and continued: %v", counts)
		})
	}
}
