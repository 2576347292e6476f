package policy_test

import (
	"bufio"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"gobind/policy"
)

// testdata/byuid.txt is the grammar of byuid files, case by case.
func TestByUIDGrammar(t *testing.T) {
	f, err := os.Open("testdata/byuid.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			checkCase(t, n, line)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// checkCase checks one case: VERDICT ADDRESS PORT "TEXT".
func checkCase(t *testing.T, n int, line string) {
	head, quoted, _ := strings.Cut(line, `"`)
	field := strings.Fields(head)
	text, err := strconv.Unquote(`"` + quoted)
	if err != nil || len(field) != 3 {
		t.Fatalf("byuid.txt:%d: not a case: %s", n, line)
	}
	want := map[string]policy.Verdict{"permit": policy.Permit, "deny": policy.Deny, "stricter": policy.Deny}
	verdict, ok := want[field[0]]
	port, err := strconv.ParseUint(field[2], 10, 16)
	if err != nil || !ok {
		t.Fatalf("byuid.txt:%d: not a case: %s", n, line)
	}
	if got := byUID(text, netip.MustParseAddr(field[1]), uint16(port)).Verdict; got != verdict {
		t.Errorf("byuid.txt:%d: %s: got %v", n, line, got)
	}
}

// A line is read in chunks of 298 bytes, each of them a line of its own.
func TestChunks(t *testing.T) {
	const rule = "127.0.0.1,80"
	fill := strings.Repeat
	for _, test := range []struct {
		name, text string
		line       int
	}{
		{"rule behind a chunk of comment", fill("#", 298) + rule + "\n", 1},
		{"rule behind two chunks of comment", fill("#", 2*298) + rule + "\n", 1},
		{"one less", fill("#", 297) + rule + "\n", 0},
		{"one more", fill("#", 299) + rule + "\n", 0},
		{"on the second line", "# x\n" + fill("#", 298) + rule, 2},
		{"rule fills a chunk with blanks", rule + fill(" ", 298-len(rule)), 1},
		{"rule fills a chunk with blanks, then a newline", rule + fill(" ", 298-len(rule)) + "\n", 1},
		{"rule fills a chunk with blanks, then junk", rule + fill(" ", 298-len(rule)) + "junk\n", 1},
		{"blanks, then junk in the same chunk", rule + fill(" ", 297-len(rule)) + "junk\n", 0},
		{"rule cut by the end of a chunk", fill("#", 298-len("127.0.0.1,8")) + rule + "\n", 0},
		{"rule of form L shortened by the end of a chunk",
			fill(" ", 298-len("0.0.0.0/0:1,80")) + "0.0.0.0/0:1,809", 1},
		{"number with zeros in one chunk", "127.0.0.1," + fill("0", 286) + "80", 1},
		{"number with zeros in two chunks", "127.0.0.1," + fill("0", 287) + "80", 0},
		{"newline ends a chunk", fill("#", 297) + "\n" + rule + "\n", 2},
		{"newline is a chunk", fill("#", 298) + "\n" + rule + "\n", 2},
		{"rule behind a chunk of NULs", fill("\x00", 298) + rule + "\n", 1},
		{"rule behind NULs", fill("\x00", 297) + rule + "\n", 0},
		{"many short lines", fill("#\n", 1000) + rule, 1001},
	} {
		want := policy.Decision{Errno: policy.ENOENT}
		if test.line != 0 {
			want = permitByLine("/t/byuid/1000", test.line)
		}
		if got := byUID(test.text, netip.MustParseAddr("127.0.0.1"), 80); got != want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, want)
		}
	}
}
