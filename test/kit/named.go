package kit

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TheHelper is the id of the one helper.
func TheHelper(t *testing.T) int {
	t.Helper()
	var ids []int
	Eventually(t, func() error {
		if ids = Named(t, "gobind-helper"); len(ids) != 1 {
			return fmt.Errorf("helpers: %v", ids)
		}
		return nil
	})
	return ids[0]
}

// OpenFiles is how many descriptors the process has.
func OpenFiles(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Supervisors are the ids of the supervisors in this world.
func Supervisors(t *testing.T) []int { return Named(t, "gobind-supervis") }

// TheSupervisor is the id of the one supervisor. For a moment there are two: one
// is the child that becomes a helper.
func TheSupervisor(t *testing.T) int {
	t.Helper()
	var ids []int
	Eventually(t, func() error {
		if ids = Supervisors(t); len(ids) != 1 {
			return fmt.Errorf("supervisors: %v", ids)
		}
		return nil
	})
	return ids[0]
}

// Named are the ids of the processes with that name (comm), zombies aside.
func Named(t *testing.T, name string) []int {
	t.Helper()
	var ids []int
	for pid := range Processes(t) {
		stat := Contents(fmt.Sprintf("/proc/%d/stat", pid))
		if strings.Contains(stat, "("+name+")") && !strings.Contains(stat, ") Z ") {
			ids = append(ids, pid)
		}
	}
	return ids
}

// Kill sends a signal that must reach the process.
func Kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := unix.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

// State is the process's state in /proc, a letter.
func State(pid int) string {
	_, rest, _ := strings.Cut(Contents(fmt.Sprintf("/proc/%d/stat", pid)), ") ")
	return rest[:min(1, len(rest))]
}

// WaitState waits until the process is in that state.
func WaitState(t *testing.T, pid int, want string) {
	t.Helper()
	Eventually(t, func() error {
		if got := State(pid); got != want {
			return fmt.Errorf("process %d is in state %q, not %q", pid, got, want)
		}
		return nil
	})
}
