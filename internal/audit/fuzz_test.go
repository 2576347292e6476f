package audit

import (
	"strconv"
	"strings"
	"testing"
)

// A quoted text stays one word of one line, in ASCII, and reads back.
func FuzzQuoted(f *testing.F) {
	for _, text := range []string{"", "sh", "\n<84>sshd[1]: Accepted", "\x1b[31m", "a\" uid=0", "é\u202e", "\x00\xff", `\`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := new(Log).Begin(true).Quoted("key", text).Number("end", 1)
		_, got, _ := strings.Cut(string(r.text), "]:")
		quoted := strings.TrimSuffix(strings.TrimPrefix(got, " key="), " end=1")
		back, err := strconv.Unquote(quoted)
		if err != nil || back != text {
			t.Errorf("%q is recorded as %s, %v", text, got, err)
		}
		for _, c := range []byte(got) {
			if c < ' ' || c > '~' {
				t.Errorf("%q is recorded with byte %#x", text, c)
			}
		}
	})
}
