package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// Root starts gobind, and children of its program become other users: each is
// judged as the user that it has become, with its groups, and never as root.
func TestChildrenOfRoot(t *testing.T) {
	grant(t, "80", testenv.Alice)
	grant(t, "81", testenv.Root)
	grant(t, "82", testenv.Bob)
	grant(t, "83", testenv.Root)
	group := filepath.Join(byport, "83")
	if err := errors.Join(os.Chown(group, 0, testenv.WebGroup), os.Chmod(group, 0o050)); err != nil {
		t.Fatal(err)
	}
	allow(t, "byuid/0", "0.0.0.0/0,1-511\n")
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
	argv := []string{"python3", absolute("testdata/become.py")}
	for line := range strings.Lines(want) {
		who, _, _ := strings.Cut(line, " ")
		argv = append(argv, who)
	}
	inModes(t, func(t *testing.T, mode string) {
		p := run(t, under(t, testenv.Root, mode, argv...))
		if got := p.out(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		wantRefusal(t, p, "gbalice", "tcp 127.0.0.1:81")
		wantRefusal(t, p, "gbbob", "tcp 127.0.0.1:80")
	})
}

// One thread of root's becomes Alice, and is judged as her; the others stay root.
func TestThreadOfRoot(t *testing.T) {
	grant(t, "80", testenv.Alice)
	grant(t, "81", testenv.Root)
	const want = "thread ok EACCES\nmain ok ok\n"
	inModes(t, func(t *testing.T, mode string) {
		p := run(t, under(t, testenv.Root, mode, "python3", absolute("testdata/thread.py")))
		if got := p.out(); got != want {
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
			if !unshares(t, flags) {
				return
			}
			inModes(t, func(t *testing.T, mode string) {
				grant(t, "80", testenv.Alice)
				p := start(t, under(t, testenv.Alice, mode, argv...))
				wantPage(t)
				wantSilence(t, p)
			})
			grant(t, "80", testenv.Root) // it is root in there only
			wantDenied(t, run(t, native(testenv.Alice, argv...)))
			p := run(t, under(t, testenv.Alice, "auto", argv...))
			wantDenied(t, p)
			wantRefusal(t, p, "gbalice", "tcp [::]:80")
		})
	}
}

// In a network namespace of its own the program is root's equal, and the kernel
// decides: it needs no policy there, and gets nothing outside.
func TestNetworkNamespace(t *testing.T) {
	if !unshares(t, "-Urn") {
		return
	}
	inModes(t, func(t *testing.T, mode string) {
		p := run(t, under(t, testenv.Alice, mode, "unshare", "-Urn", "sh", "-c",
			"ip link set lo up && exec python3 $0", absolute("testdata/selfserve.py")))
		if p.out() != "served\n" || p.err() != "" {
			t.Errorf("stdout %q, stderr %q", p.out(), p.err())
		}
	})
}

// unshares reports whether this system lets a user make such a namespace. Where
// it does not, there is nothing that could differ under gobind.
func unshares(t *testing.T, flags string) bool {
	t.Helper()
	out, err := testenv.Alice.Command("/usr/bin/unshare", flags, "true").CombinedOutput()
	if err != nil {
		t.Logf("this system has no namespaces for users: %s", out)
	}
	return err == nil
}
