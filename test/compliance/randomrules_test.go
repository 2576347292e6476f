package compliance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// randomRules writes files of rules, some of which nobody may believe.
func randomRules(t *testing.T, random *rand.Rand) {
	t.Helper()
	dir := ourDir + "/rules.d"
	change(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"10-a.rules", "50-b.rules", "50-b.rules.off", ".c.rules"} {
		if random.IntN(3) == 0 {
			continue
		}
		var text string
		for range random.IntN(5) {
			text += randomRule(random)
		}
		path := filepath.Join(dir, name)
		change(t, os.WriteFile(path, []byte(text), 0o644))
		if random.IntN(8) == 0 {
			change(t, os.Chown(path, pick(random, owners), pick(random, groups)))
		}
		change(t, unix.Chmod(path, pick(random, []uint32{0o644, 0o644, 0o644, 0o600, 0o600, 0o400, 0o664})))
	}
	if random.IntN(12) == 0 {
		change(t, unix.Chmod(dir, pick(random, []uint32{0o700, 0o700, 0o711, 0o777, 0})))
	}
}

// randomRule is a line of a file of rules, or nearly one.
func randomRule(random *rand.Rand) string {
	where := func() string {
		addr := pick(random, addrs)
		text := addr.Unmap().String()
		switch {
		case random.IntN(3) == 0:
			text = pick(random, []string{"*", "0.0.0.0/0", "[::]", "[::]/0", "127.0.0.0/8", "[2001:db8::]/32"})
		case addr.Unmap().Is6():
			text = "[" + text + "]"
		}
		return fmt.Sprintf("%s:%s", text, pick(random, []string{"80", "1-512", "*", "79,81", "1023", "http"}))
	}
	rule := strings.Join([]string{
		pick(random, []string{"permit", "permit", "deny"}),
		pick(random, []string{"gbalice", "gbbob", "61003", ":gbweb", ":61010", "*", "4000000000", "nobody-here", ":none-here"}),
		pick(random, []string{"tcp", "udp", "any", "tcp,udp"}), where(), where(),
	}, " ")
	return rule + pick(random, []string{"\n", "\n", "\n", "\n", "\n", "\n", " # why\n", "\n\n# more\n", "\n\n", "\t\n", "\nno rule\n"})
}
