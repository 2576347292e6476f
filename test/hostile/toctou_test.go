package hostile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// attack is a program of testdata, which says what it saw and fails if that is
// wrong.
func attack(t *testing.T, name string) string {
	t.Helper()
	return kit.Build(t, name, kit.CC, "-pthread", "testdata/"+name+".c")
}

// attacks runs a program as Alice in each launch mode, many times in full, and
// checks that it succeeds and leaves port 80 free.
func attacks(t *testing.T, many int, argv ...string) {
	t.Helper()
	kit.InModes(t, func(t *testing.T, mode string) {
		for range kit.Hostile.Of(1, many) {
			p := kit.Start(t, kit.Under(t, testenv.Alice, mode, argv...))
			kit.Within(t, crowdsPatience, func() error {
				if !p.Ended() {
					return errors.New("it does not end")
				}
				return nil
			})
			p.Wait(t)
			t.Logf("%s: %s", strings.Join(argv[1:], " "), strings.TrimSpace(p.Out()))
			if !p.Cmd.ProcessState.Success() {
				t.Fatalf("%v: %s", p.Cmd.ProcessState, p.Err())
			}
			wantFree(t)
		}
	})
}

// wantFree checks that no socket at all is bound to 127.0.0.1:80, be it that of a
// process that has yet to end.
func wantFree(t *testing.T) {
	t.Helper()
	kit.Eventually(t, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd) //nolint:errcheck // ours
		return unix.Bind(fd, &unix.SockaddrInet4{Port: 80, Addr: [4]byte{127, 0, 0, 1}})
	})
}

// S1: a sockaddr that is rewritten while bind runs: what is bound is what was judged.
func TestS1Rewritten(t *testing.T) {
	program := attack(t, "rewrite")
	testenv.Install(t)
	t.Cleanup(func() { restorePolicy(t) })
	inPolicy(t, `for a in 127.0.0.1,80 127.0.0.2,81 ::ffff:127.0.0.1,80 ::ffff:127.0.0.2,81; do install -o gbalice -m 500 /dev/null byaddr/$a; done`)
	for _, family := range []string{"4", "6"} {
		t.Run("family "+family, func(t *testing.T) {
			attacks(t, 25, program, family, fmt.Sprint(kit.Hostile.Of(3000, 10_000))) // a million, in all
		})
	}
}

// S2: whatever becomes of the descriptor or the process while it binds, no socket is
// bound that nobody asked for.
func TestS2Swapped(t *testing.T) {
	program := attack(t, "swap")
	kit.Grant(t, "80", testenv.Alice)
	for _, kind := range []string{"dup", "close", "exec", "exit", "kill", "thread"} {
		t.Run(kind, func(t *testing.T) { attacks(t, 20, program, kind, fmt.Sprint(kit.Hostile.Of(40, 250))) })
	}
}

// P6 and P8, through the supervisor: a socket that is bound by several threads at
// once, and whose IPV6_V6ONLY flips, gets what policy gives, and once.
func TestS2BoundTwice(t *testing.T) {
	program := attack(t, "flip")
	testenv.Install(t)
	t.Cleanup(func() { restorePolicy(t) })
	inPolicy(t, "install -o gbalice -m 500 /dev/null byaddr/::,80")
	attacks(t, 20, program, fmt.Sprint(kit.Hostile.Of(1500, 5000)))
}

// S6: two hundred threads, and two hundred processes, that bind in a storm of
// signals: all are answered, and truly. Where the handler has no SA_RESTART an EINTR
// is possible before the supervisor has looked, and then nothing was bound.
func TestS6Storm(t *testing.T) {
	program := attack(t, "storm")
	kit.Grant(t, "80", testenv.Alice)
	for _, kind := range []string{"threads", "processes"} {
		for _, flag := range []string{"restart", "interrupt"} {
			t.Run(kind+" "+flag, func(t *testing.T) { attacks(t, 10, program, kind, "200", fmt.Sprint(kit.Hostile.Of(3, 5)), flag) })
		}
	}
}

// S6: a Go program, whose runtime sends it SIGURG all the time.
func TestS6Sigurg(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	program := kit.Build(t, "sigurg", kit.Golang, "./testdata/sigurg")
	count := kit.Hostile.Of(500, 5000)
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, program, fmt.Sprint(count)))
		if !strings.HasPrefix(p.Out(), fmt.Sprintf("%d of %d bound, ", count, count)) {
			t.Errorf("stdout %q, stderr %q", p.Out(), p.Err())
		}
		t.Log(p.Out())
	})
}

// S5: memory that cannot be read, and lengths that are none, have the errno that
// they have without gobind.
func TestS5Pages(t *testing.T) {
	program := attack(t, "pages")
	kit.Grant(t, "80", testenv.Alice)
	native := kit.Run(t, kit.Native(testenv.Root, program))
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.WantOutput(t, kit.Run(t, kit.Under(t, testenv.Alice, mode, program)), native.Out(), "")
	})
}
