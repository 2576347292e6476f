package auditlog

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

const helper = "/usr/local/libexec/gobind/gobind-helper"

const ctl = "/usr/local/sbin/gobindctl"

const fields = `verdict=deny uid=61001 gid=1 protocol=tcp address="::" port=443 errno=13 reason=no-rule ` +
	`claimed_pid=7 claimed_program="a \"b\"=c\x1b" claimed_mode=inplace`

// A record comes back as it was written, whatever it claims.
func TestParse(t *testing.T) {
	r, ok := Parse(" " + fields)
	want := Record{Verdict: "deny", UID: 61001, GID: 1, Protocol: "tcp", Address: "::", Port: 443, Errno: 13,
		Reason: "no-rule", PID: 7, Program: "a \"b\"=c\x1b", Mode: "inplace"}
	if !ok || r != want {
		t.Errorf("%+v %v, want %+v", r, ok, want)
	}
	want.Scope = 1<<32 - 1
	scoped := strings.Replace(fields, " errno=", " scope=4294967295 errno=", 1)
	if r, ok := Parse(scoped); !ok || r != want {
		t.Errorf("%+v %v, want %+v", r, ok, want)
	}
	want.LeftOut, want.Column = 20, 7
	if r, ok := Parse(scoped + " column=7 left_out=20"); !ok || r != want {
		t.Errorf("%+v %v, want %+v", r, ok, want)
	}
	for _, text := range []string{"", "hello", "verdict=permit", `verdict=permit x="`, fields + " uid=0", fields + " x",
		strings.Replace(fields, "uid=61001", "uid=-1", 1), strings.Replace(fields, "port=443", "port=65536", 1), strings.Replace(scoped, "=4294967295", "=4294967296", 1)} {
		if r, ok := Parse(text); ok {
			t.Errorf("%q: %+v, want none", text, r)
		}
	}
}

// What nobody but the helper can have written is told from what others did.
func TestTrust(t *testing.T) {
	entry := func(exe, uid, transport string) string {
		return `{"SYSLOG_IDENTIFIER":"gobind-helper","MESSAGE":` + quoteJSON(fields) + `,"__REALTIME_TIMESTAMP":"1767323045000000","_EXE":` + exe +
			`,"_UID":"` + uid + `","_TRANSPORT":"` + transport + `"}` + "\n"
	}
	for input, want := range map[string]Trust{
		entry(`"`+helper+`"`, "61001", "syslog"):                                          Verified,
		entry(`"`+helper+` (deleted)"`, "61001", "syslog"):                                Verified,
		entry(`"`+helper+`"`, "61002", "syslog"):                                          Forged, // about another user
		entry(`"/usr/bin/logger"`, "61001", "syslog"):                                     Forged,
		entry(`"`+helper+`"`, "61001", "journal"):                                         Forged, // by the journal's own socket
		entry(`null`, "61001", "syslog"):                                                  Unknown,
		entry(`["`+helper+`","/bin/x"]`, "61001", "syslog"):                               Unknown,
		entry(`"`+helper+`"`, `","_UID":"61001`, "stdout"):                                Forged,
		entry(`"`+helper+`x"`, "61001", "syslog"):                                         Forged,
		entry(`"/tmp/x/gobind-helper"`, "61001", "syslog"):                                Forged,
		entry(`"`+helper+`"`, `61001","x":"`+"y", "syslog"):                               Verified,
		`{"MESSAGE":[1,2],"_UID":null}` + "\n" + entry(`"`+helper+`"`, "61001", "syslog"): Verified,
	} {
		got, err := readJSON(strings.NewReader(input), helper, ctl, Filter{})
		if err != nil || len(got) != 1 || got[0].Trust != want {
			t.Errorf("%s: %+v, %v, want %s", input, got, err, want)
		}
	}
}

func quoteJSON(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// Lines without a year are of the last twelve months.
func TestTimes(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for line, want := range map[string]string{
		"Jan  2 03:04:05 host gobind-helper[1]: " + fields:             "2026-01-02T03:04:05Z",
		"Dec 31 03:04:05 host gobind-helper[1]: " + fields:             "2025-12-31T03:04:05Z",
		"2026-01-02T03:04:05.5+01:00 host gobind-helper[1]: " + fields: "2026-01-02T02:04:05Z",
		"2026-01-02T03:04:05Z host gobind-kernel[1]: " + byKernel:      "2026-01-02T03:04:05Z",
	} {
		r, ok := parseLine(line, now)
		if got := r.Time.UTC().Format(time.RFC3339); !ok || got != want {
			t.Errorf("%q: %s %v, want %s", line, got, ok, want)
		}
	}
	for _, line := range []string{"", "Jan", "Jan  2 03:04:05 host sshd[1]: " + fields, "Jan  2 03:04:05 host x gobind-helper[1]: " + fields,
		"Jan  2 03:04:05 host gobind-kernel[1]: " + fields, "Jan  2 03:04:05 host gobind-helper[1]: " + byKernel} {
		if _, ok := parseLine(line, now); ok {
			t.Errorf("%q is a record", line)
		}
	}
}

// The filter keeps the newest of what is wanted.
func TestFilter(t *testing.T) {
	var log strings.Builder
	for i := range 100 {
		when := time.Date(2026, 1, 2, 0, 0, i, 0, time.UTC).Format(time.RFC3339)
		log.WriteString(when + " host gobind-helper[1]: " + strings.Replace(fields, "port=443", "port="+[]string{"80", "81"}[i%2], 1) + "\n")
	}
	uid, other := uint32(61001), uint32(1)
	for want, f := range map[int]Filter{
		100: {}, 50: {Port: 80}, 7: {Last: 7, UID: &uid}, 0: {UID: &other},
		10: {Since: time.Date(2026, 1, 2, 0, 0, 90, 0, time.UTC), Verdict: "deny"},
	} {
		got, err := readLines(strings.NewReader(log.String()), f, time.Now())
		if err != nil || len(got) != want {
			t.Errorf("%+v: %d records, %v, want %d", f, len(got), err, want)
		}
		if want > 0 && got[len(got)-1].Time.Second() < 98-60 {
			t.Errorf("%+v: the last is of %v", f, got[len(got)-1].Time)
		}
	}
}

// Parse takes back what package audit quotes (strconv.QuoteToASCII), and panics on nothing.
func FuzzParse(f *testing.F) {
	f.Add("java", fields)
	f.Fuzz(func(t *testing.T, program, text string) {
		_, _ = Parse(text)
		_, _ = ParseKernel(text)
		_, _ = parseLine(text, time.Now())
		r, ok := Parse(strings.Replace(fields, `"a \"b\"=c\x1b"`, strconv.QuoteToASCII(program), 1))
		if !ok || r.Program != program {
			t.Errorf("%q came back as %q, %v", program, r.Program, ok)
		}
	})
}
