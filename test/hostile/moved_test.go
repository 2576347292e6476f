package hostile

import (
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// P9: a socket that the helper has bound stays at the address that policy gave: its
// owner cannot move or widen it afterwards, nor by what was done to it before.
func TestP9Moved(t *testing.T) {
	only(t, "127.0.0.1:80", "::1,80")
	helper := testenv.Install(t).Helper()
	for kind, steps := range map[string]string{
		"tcp4":     "option=noport bind=127.0.0.2=0 ask=127.0.0.1=80 option=noport bind=0.0.0.0=80 bind=0.0.0.0=0 ask=0.0.0.0=80 disconnect bind=127.0.0.2=80 name",
		"mptcp4":   "ask=127.0.0.1=80 bind=0.0.0.0=80 ask=0.0.0.0=80 disconnect bind=127.0.0.2=80 name",
		"udp4":     "option=noport bind=127.0.0.2=0 ask=127.0.0.1=80 bind=0.0.0.0=80 ask=0.0.0.0=80 disconnect bind=127.0.0.2=80 name",
		"udplite4": "ask=127.0.0.1=80 bind=0.0.0.0=80 ask=0.0.0.0=80 disconnect bind=127.0.0.2=80 name",
		"tcp6":     "ask=::1=80 option=both bind=::=80 ask=::=80 option=four disconnect bind=::=80 name",
		"mptcp6":   "ask=::1=80 option=both bind=::=80 ask=::=80 option=four disconnect bind=::=80 name",
		"udp6":     "ask=::1=80 option=both bind=::=80 ask=::=80 option=four disconnect bind=::=80 name",
	} {
		p := hand(t, testenv.Alice, helper, append([]string{"socket=" + kind}, strings.Fields(steps)...))
		want := "127.0.0.1 80"
		if strings.HasSuffix(kind, "6") {
			want = "::1 80"
		}
		if lines := strings.Split(strings.TrimSpace(p.Out()), "\n"); lines[len(lines)-1] != want || p.Err() != "" {
			t.Errorf("%s: %q, stderr %q", kind, lines, p.Err())
		} else {
			t.Log(kind, lines)
		}
	}
}
