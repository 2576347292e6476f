package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// S6: so many threads, and so many processes, that all wait in bind at once are all
// answered, each with a socket of its own, by as many helpers as it takes: the threads
// are more than one helper serves.
func TestS6AtOnce(t *testing.T) {
	program := attack(t, "crowd")
	kit.Grant(t, "80", testenv.Alice)
	moreFiles(t, 11_000)
	for kind, count := range map[string]int{"threads": kit.Hostile.Of(1200, 10_000), "processes": kit.Hostile.Of(300, 10_000)} {
		t.Run(kind, func(t *testing.T) {
			kit.InModes(t, func(t *testing.T, mode string) { atOnce(t, mode, program, kind, count) })
		})
	}
}

// crowdsPatience is how long a crowd may take, on a busy machine.
const crowdsPatience = 5 * time.Minute

// atOnce stops the supervisor until all members of the crowd wait for it.
func atOnce(t *testing.T, mode, program, kind string, count int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := kit.Under(t, testenv.Alice, mode, program, kind, fmt.Sprint(count))
	cmd.Stdin = r
	p := kit.Start(t, cmd)
	_ = r.Close()
	told := func(want string) {
		t.Helper()
		kit.Within(t, crowdsPatience, func() error {
			if p.Out() != want && !p.Ended() {
				return fmt.Errorf("output %q, want %q", p.Out(), want)
			}
			return nil
		})
	}
	told("ready\n")
	supervisor := kit.TheSupervisor(t)
	kit.Kill(t, supervisor, unix.SIGSTOP)
	_ = w.Close()
	told("ready\nentering\n")
	kit.Within(t, crowdsPatience, func() error {
		if n := binding(t, "crowd"); n != count {
			return fmt.Errorf("%d of %d wait in bind", n, count)
		}
		return nil
	})
	began := time.Now()
	kit.Kill(t, supervisor, unix.SIGCONT)
	want := fmt.Sprintf("ready\nentering\n%d bound, 0 errors, 0 untrue\n", count)
	told(want)
	p.Wait(t)
	t.Logf("%d %s at once: answered in %v", count, kind, time.Since(began))
	kit.WantOutput(t, p, want, "")
}

// binding is how many threads of the processes of that name wait in bind(2).
func binding(t *testing.T, name string) int {
	t.Helper()
	n := 0
	for _, pid := range kit.Named(t, name) {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasPrefix(kit.Contents(file), fmt.Sprintf("%d ", unix.SYS_BIND)) {
				n++
			}
		}
	}
	return n
}

// moreFiles lets this process, and those that it starts, have so many descriptors.
func moreFiles(t *testing.T, count uint64) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	now := unix.Rlimit{Cur: max(was.Cur, count), Max: max(was.Max, count)}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &was) })
}
