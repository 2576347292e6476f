package kit

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
)

// WantOutput compares the output and the diagnostics of a process.
func WantOutput(t *testing.T, p *Process, stdout, stderr string) {
	t.Helper()
	if p.Out() != stdout || p.Err() != stderr {
		t.Errorf("stdout %q, want %q\nstderr:\n%swant:\n%s", p.Out(), stdout, p.Err(), stderr)
	}
}

// WantDenied checks that the program has failed for want of permission.
func WantDenied(t *testing.T, p *Process) {
	t.Helper()
	if p.Cmd.ProcessState.Success() {
		t.Errorf("%v succeeds", p.Cmd.Args)
	}
	if !regexp.MustCompile(`(?i)permission denied|EACCES`).MatchString(p.Err()) {
		t.Errorf("%v does not fail for want of permission:\n%s", p.Cmd.Args, p.Err())
	}
}

// WantSilence checks that gobind has told nothing to the user.
func WantSilence(t *testing.T, p *Process) {
	t.Helper()
	if stderr := p.Err(); strings.Contains(stderr, "gobind:") {
		t.Errorf("gobind complains:\n%s", stderr)
	}
}

// WantNotServed reports a server at addr as an error.
func WantNotServed(t *testing.T, addr string) {
	t.Helper()
	if conn, err := net.Dial("tcp", addr); err == nil {
		_ = conn.Close()
		t.Errorf("%s is served", addr)
	}
}

// WantRefusal waits for the two lines that tell a user of a refusal.
func WantRefusal(t *testing.T, p *Process, user, where string) {
	t.Helper()
	lines := regexp.MustCompile(`(?m)^gobind: user ` + user + ` may not bind ` + regexp.QuoteMeta(where) +
		`: .*\ngobind: hint: as root, run: .*\b` + user + `\b`)
	Eventually(t, func() error {
		if stderr := p.Err(); !lines.MatchString(stderr) {
			return fmt.Errorf("no refusal of %s to %s on stderr:\n%s", where, user, stderr)
		}
		return nil
	})
}
