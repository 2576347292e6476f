package hostile

import (
	"strings"
	"testing"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// F7: a rule is about whoever the C library finds by the name, however the line of
// /etc/passwd or /etc/group is indented.
func TestF7Indented(t *testing.T) {
	testenv.Install(t)
	t.Cleanup(func() { restorePolicy(t) })
	for _, file := range []string{"/etc/passwd", "/etc/group"} {
		before := kit.Contents(file)
		t.Cleanup(func() { kit.Write(t, file, before) })
		kit.Write(t, file, strings.NewReplacer("\ngbalice:", "\n \tgbalice:", "\ngbweb:", "\n \tgbweb:").Replace(before))
	}
	for who, permit := range map[string]bool{"gbalice": true, ":gbweb": true, "gbbob": false} {
		inPolicy(t, emptied+"echo 'permit "+who+" tcp *:80' >rules.d/a.rules")
		if _, reply := judged(t, testenv.Alice, kit.Port80); reply.Bound() != permit {
			t.Errorf("permit %s: %+v", who, reply)
		}
		inPolicy(t, emptied+"printf 'permit * tcp *:80\\ndeny "+who+" any *:*\\n' >rules.d/a.rules")
		if _, reply := judged(t, testenv.Alice, kit.Port80); reply.Bound() == permit || reply.Reason != helper.ReasonRule {
			t.Errorf("deny %s: %+v", who, reply)
		}
	}
}
