package compliance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

var differenceID = regexp.MustCompile(`^D[1-9][0-9]*$`)

// Every difference that a case relies on is documented, and every documented one
// that claims a case has one.
func TestDifferencesAreDocumented(t *testing.T) {
	documented, used := documentedDifferences(t), usedDifferences(t)
	for id, where := range used {
		if _, ok := documented[id]; !ok {
			t.Errorf("%s: %s is not in docs/authbind-differences.md", where, id)
		}
	}
	for id, hasCase := range documented {
		if _, ok := used[id]; ok != hasCase {
			t.Errorf("docs/authbind-differences.md: %s: has a case: %v, says it has one: %v", id, ok, hasCase)
		}
	}
}

// documentedDifferences reads the table rows "| D1 | ... | case |": the last cell
// says whether a case shows the difference.
func documentedDifferences(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testenv.Repo(), "docs/authbind-differences.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		id := strings.TrimSpace(cells[0])
		if !differenceID.MatchString(id) {
			continue
		}
		if _, ok := documented[id]; ok {
			t.Errorf("docs/authbind-differences.md: two entries %s", id)
		}
		documented[id] = strings.TrimSpace(cells[len(cells)-1]) == "yes"
	}
	return documented
}

func usedDifferences(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	for _, c := range loadCases(t) {
		for _, st := range c.steps {
			if st.want.difference != "" {
				used[st.want.difference] = st.where
			}
		}
	}
	return used
}
