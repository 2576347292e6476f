package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// Root starts gobind, and children of its program become other users: each is
// judged as the user that it has become, with its groups, and never as root.
func TestChildrenOfRoot(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "81", testenv.Root)
	kit.Grant(t, "82", testenv.Bob)
	kit.Grant(t, "83", testenv.Root)
	group := filepath.Join(kit.Byport, "83")
	if err := errors.Join(os.Chown(group, 0, testenv.WebGroup), os.Chmod(group, 0o050)); err != nil {
		t.Fatal(err)
	}
	kit.Allow(t, "byuid/0", "0.0.0.0/0,1-511\n")
	const want = `61001:61001:61010:80 ok
61001:61001:61010:81 EACCES
61002:61002::80 EACCES
61002:61002::82 ok
61001:61001::82 EACCES
61001:61001::83 EACCES
61001:61001:61010:83 ok
61001:61010::83 ok
61002:61002:61001,61010:83 ok
61001:61001:61010:84 EACCES
0:0::84 ok
61001:61001:61010:80 ok
`
	argv := []string{"python3", kit.Absolute("testdata/become.py")}
	for line := range strings.Lines(want) {
		who, _, _ := strings.Cut(line, " ")
		argv = append(argv, who)
	}
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Root, mode, argv...))
		if got := p.Out(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		kit.WantRefusal(t, p, "gbalice", "tcp 127.0.0.1:81")
		kit.WantRefusal(t, p, "gbbob", "tcp 127.0.0.1:80")
	})
}

// One thread of root's becomes Alice, and is judged as her; the others stay root.
func TestThreadOfRoot(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "81", testenv.Root)
	const want = "thread ok EACCES\nmain ok ok\n"
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Root, mode, "python3", kit.Absolute("testdata/thread.py")))
		if got := p.Out(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A user namespace makes nobody another user: whatever the program is called in
// there, policy judges who it is outside.
func TestUserNamespace(t *testing.T) {
	server := staticServer(t)
	for _, flags := range []string{"-U", "-Ur"} {
		t.Run(flags, func(t *testing.T) {
			argv := []string{"unshare", flags, server}
			kit.RequireUnshare(t, flags)
			kit.InModes(t, func(t *testing.T, mode string) {
				kit.Grant(t, "80", testenv.Alice)
				p := kit.Start(t, kit.Under(t, testenv.Alice, mode, argv...))
				wantPage(t)
				kit.WantSilence(t, p)
			})
			kit.Grant(t, "80", testenv.Root) // it is root in there only
			kit.WantDenied(t, kit.Run(t, kit.Native(testenv.Alice, argv...)))
			p := kit.Run(t, kit.Under(t, testenv.Alice, "auto", argv...))
			kit.WantDenied(t, p)
			kit.WantRefusal(t, p, "gbalice", "tcp [::]:80")
		})
	}
}

// In a network namespace of its own the program is root's equal, and the kernel
// decides: it needs no policy there, and gets nothing outside.
func TestNetworkNamespace(t *testing.T) {
	kit.RequireUnshare(t, "-Urn")
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, "unshare", "-Urn", "sh", "-c",
			"ip link set lo up && exec python3 $0", kit.Absolute("testdata/selfserve.py")))
		if p.Out() != "served\n" || p.Err() != "" {
			t.Errorf("stdout %q, stderr %q", p.Out(), p.Err())
		}
	})
}

// A thread of Bob's that executes a program takes the number of the first thread of its
// process, which was Alice's, and is judged as Bob.
func TestThreadTakesNumber(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	const want = "first ok ok ok\nprogram of (61002, 61002, 61002) EACCES EACCES\n"
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Root, mode, "python3", kit.Absolute("testdata/taker.py")))
		if got := p.Out(); got != want {
			t.Errorf("got %q, want %q; %s", got, want, p.Err())
		}
	})
}
