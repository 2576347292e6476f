package hostile

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// holder runs testdata/hand.py as a user, until the test ends or it is closed.
func holder(t *testing.T, u testenv.User, channel string, steps ...string) (string, func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := u.Command("python3", slices.Concat([]string{"-SE", kit.Absolute("testdata/hand.py"), channel}, steps, []string{"hold"})...)
	cmd.Stdin = r
	p := kit.Start(t, cmd)
	_ = r.Close()
	kit.WaitOut(t, p, "holds\n")
	said, _ := strings.CutSuffix(p.Out(), "holds\n")
	return said, func() {
		_ = w.Close()
		p.Wait(t)
	}
}

// shared are what two users do one after the other at one port, and what the second is
// told; bind stands for the helper's doing at a privileged port, and for the user's own
// at another.
var shared = []struct{ name, first, second, want string }{
	{"nothing", "socket=tcp4 bind=127.0.0.1 listen", "socket=tcp4 bind=127.0.0.1", "EADDRINUSE"},
	{"reuseport of another", "socket=tcp4 option=reuseport bind=127.0.0.1 listen", "socket=tcp4 option=reuseport bind=127.0.0.1", "ok EADDRINUSE"},
	{"reuseport, datagrams", "socket=udp4 option=reuseport bind=127.0.0.1", "socket=udp4 option=reuseport bind=127.0.0.1", "ok EADDRINUSE"},
	{"reuseport, wildcard", "socket=udp6 option=reuseport bind=::", "socket=udp4 option=reuseport bind=127.0.0.1", "ok EADDRINUSE"},
	{"reuseaddr of a listener", "socket=tcp4 option=reuseaddr bind=127.0.0.1 listen", "socket=tcp4 option=reuseaddr bind=127.0.0.1", "ok EADDRINUSE"},
	{"reuseaddr, nobody listens", "socket=tcp4 option=reuseaddr bind=127.0.0.1", "socket=tcp4 option=reuseaddr bind=127.0.0.1 listen", "ok ok ok"},
	{"reuseaddr, datagrams", "socket=udp4 option=reuseaddr bind=127.0.0.1", "socket=udp4 option=reuseaddr bind=127.0.0.1", "ok ok"},
	{"more specific", "socket=udp4 bind=0.0.0.0", "socket=udp4 bind=127.0.0.1", "EADDRINUSE"},
	{"more specific, reuseaddr", "socket=udp4 bind=0.0.0.0", "socket=udp4 option=reuseaddr bind=127.0.0.1", "ok EADDRINUSE"},
	{"device", "socket=tcp4 bind=127.0.0.1 listen", "socket=tcp4 option=device bind=127.0.0.1", "ok EADDRINUSE"},
	{"freebind", "socket=tcp4", "socket=tcp4 option=freebind bind=192.0.2.1", "ok ok"},
	{"no freebind", "socket=tcp4", "socket=tcp4 bind=192.0.2.1", "EADDRNOTAVAIL"},
	{"transparent is not allowed", "socket=tcp4", "socket=tcp4 option=transparent bind=192.0.2.1", "EPERM EADDRNOTAVAIL"},
}

// P9: options that a socket had before are the kernel's to judge, by the socket's own
// user: what two users can do to each other at a privileged port that both may bind is
// exactly what they can do at one that needs no privilege, and no more.
func TestP9SharedPorts(t *testing.T) {
	for i := range shared { // each has a port of its own, that both users may bind
		kit.Grant(t, fmt.Sprint(80+i), testenv.Root)
		if err := os.Chmod(fmt.Sprintf("%s/%d", kit.Byport, 80+i), 0o555); err != nil {
			t.Fatal(err)
		}
	}
	for _, how := range []struct {
		channel, verb string
		port          int
	}{{testenv.Install(t).Helper(), "ask", 80}, {"none", "bind", 8080}} {
		var first, second, want []string
		for i, c := range shared {
			replace := func(text string) []string {
				return strings.Fields(regexp.MustCompile(`bind=(\S+)`).ReplaceAllString(text, fmt.Sprintf("%s=$1=%d", how.verb, how.port+i)))
			}
			first, second, want = append(first, replace(c.first)...), append(second, replace(c.second)...), append(want, strings.Fields(c.want)...)
		}
		said, done := holder(t, testenv.Bob, how.channel, first...)
		if strings.Contains(said, "E") {
			t.Errorf("Bob, %s: %s", how.verb, said)
		}
		p := hand(t, testenv.Alice, how.channel, second)
		if diff := cmp.Diff(want, strings.Fields(p.Out())); diff != "" {
			t.Errorf("Alice, %s (-want +got):\n%s%s", how.verb, diff, p.Err())
		}
		done()
	}
}

// P9: a user shares a port with the own sockets only: SO_REUSEPORT asks for the uid
// that made the socket, which is not the helper's.
func TestP9OwnSockets(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	helper := testenv.Install(t).Helper()
	said, done := holder(t, testenv.Alice, helper, "socket=tcp4", "option=reuseport", "ask=127.0.0.1=80", "listen")
	p := hand(t, testenv.Alice, helper, []string{"socket=tcp4", "option=reuseport", "ask=127.0.0.1=80", "listen"})
	if want := "ok\nok\nok\n"; said != want || p.Out() != want {
		t.Errorf("%q and %q, want %q; %s", said, p.Out(), want, p.Err())
	}
	// Root's sockets are others' as well: the helper was root when it started.
	root, rootDone := holder(t, testenv.Root, "none", "socket=tcp4", "option=reuseport", "bind=127.0.0.1=80")
	if root != "ok\nEADDRINUSE\n" {
		t.Errorf("root: %q", root)
	}
	rootDone()
	done()
}

// P9: an address that is bound by a special option is judged like any other.
func TestP9OptionsAreNoPermission(t *testing.T) {
	only(t, "127.0.0.1:80")
	p := hand(t, testenv.Alice, testenv.Install(t).Helper(), []string{
		"socket=tcp4", "option=freebind", "ask=192.0.2.1=80", "ask=0.0.0.0=80", "option=device", "ask=0.0.0.0=80", "ask=127.0.0.1=80",
	})
	if want := "ok\nEACCES\nEACCES\nok\nEACCES\nok\n"; p.Out() != want {
		t.Errorf("%q, want %q; %s", p.Out(), want, p.Err())
	}
}
