package e2e

import (
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// showProgram shows that alice's program serves in each launch mode, that it
// cannot without gobind, and not without a policy either, where must be refused.
func showProgram(t *testing.T, argv []string, port, where string, wantServed func(*testing.T)) {
	t.Helper()
	site := kit.DirOf(t, testenv.Alice)
	kit.Write(t, site+"/index.html", "hello\n")
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.Grant(t, port, testenv.Alice)
		cmd := kit.Under(t, testenv.Alice, mode, argv...)
		cmd.Dir = site
		p := kit.Start(t, cmd)
		wantServed(t)
		kit.WantSilence(t, p)
	})
	t.Run("native", func(t *testing.T) {
		kit.Grant(t, port, testenv.Alice)
		kit.WantDenied(t, kit.Run(t, kit.Native(testenv.Alice, argv...)))
	})
	t.Run("refused", func(t *testing.T) {
		p := kit.Run(t, kit.Under(t, testenv.Alice, "auto", argv...))
		kit.WantDenied(t, p)
		kit.WantRefusal(t, p, "gbalice", where)
	})
}

// wantPage waits for the page on both families.
func wantPage(t *testing.T) {
	t.Helper()
	for _, url := range []string{"http://127.0.0.1/", "http://[::1]/"} {
		if page := kit.Fetch(t, url); page != "hello\n" {
			t.Errorf("%s is %q", url, page)
		}
	}
}

// installed is the command line of a program that the system has.
func installed(argv ...string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		testenv.Require(t, argv[0])
		return argv
	}
}
