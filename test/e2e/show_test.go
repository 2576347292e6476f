package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// showProgram shows that alice's program serves in each launch mode, that it
// cannot without gobind, and not without a policy either, where must be refused.
func showProgram(t *testing.T, argv []string, port, where string, wantServed func(*testing.T)) {
	t.Helper()
	site := dirOf(t, testenv.Alice)
	write(t, site+"/index.html", "hello\n")
	inModes(t, func(t *testing.T, mode string) {
		grant(t, port, testenv.Alice)
		cmd := under(t, testenv.Alice, mode, argv...)
		cmd.Dir = site
		p := start(t, cmd)
		wantServed(t)
		wantSilence(t, p)
	})
	t.Run("native", func(t *testing.T) {
		grant(t, port, testenv.Alice)
		wantDenied(t, run(t, native(testenv.Alice, argv...)))
	})
	t.Run("refused", func(t *testing.T) {
		p := run(t, under(t, testenv.Alice, "auto", argv...))
		wantDenied(t, p)
		wantRefusal(t, p, "gbalice", where)
	})
}

// wantPage waits for the page on both families.
func wantPage(t *testing.T) {
	t.Helper()
	for _, url := range []string{"http://127.0.0.1/", "http://[::1]/"} {
		if page := fetch(t, url); page != "hello\n" {
			t.Errorf("%s is %q", url, page)
		}
	}
}

// wantDenied checks that the program has failed for want of permission.
func wantDenied(t *testing.T, p *process) {
	t.Helper()
	if p.cmd.ProcessState.Success() {
		t.Errorf("%v succeeds", p.cmd.Args)
	}
	if !regexp.MustCompile(`(?i)permission denied|EACCES`).MatchString(p.err()) {
		t.Errorf("%v does not fail for want of permission:\n%s", p.cmd.Args, p.err())
	}
}

// wantSilence checks that gobind has told nothing to the user.
func wantSilence(t *testing.T, p *process) {
	t.Helper()
	if stderr := p.err(); strings.Contains(stderr, "gobind:") {
		t.Errorf("gobind complains:\n%s", stderr)
	}
}

// installed is the command line of a program that the system has.
func installed(argv ...string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		testenv.Require(t, argv[0])
		return argv
	}
}

// absolute is the absolute name of a file of this directory.
func absolute(file string) string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir + "/" + file
}
