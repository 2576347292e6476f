package main

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/auditlog"
	"gobind/internal/testenv"
)

// decide has the helper record a permit of port 80 and a refusal of port 81, and
// then a forger write one of each kind: about herself, and about another user.
func decide(t *testing.T, prefix testenv.Prefix) {
	t.Helper()
	if err := os.MkdirAll("/etc/gobind/byport", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/etc/gobind/byport/80", nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown("/etc/gobind/byport/80", int(testenv.Alice.UID), 0); err != nil {
		t.Fatal(err)
	}
	const bind = `import socket,sys
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))`
	for port, want := range map[string]int{"80": 0, "81": 1} {
		cmd := testenv.Alice.Command(prefix.Gobind(), "--quiet", "python3", "-c", bind, port)
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Fatalf("bind of port %s: exit status %d, want %d", port, got, want)
		}
	}
	const forgery = `import socket,sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/dev/log")
for uid in 61001, 61002:
    s.send(b'<85>gobind-helper[1]: verdict=permit uid=%d gid=1 protocol=tcp address="::" port=443 errno=0 reason=access claimed_pid=1 claimed_program="x" claimed_mode=none' % uid)
sys.stdin.read()`
	forger := testenv.Bob.Command("python3", "-c", forgery)
	stdin, err := forger.StdinPipe() // so that the journal can look at it
	if err != nil {
		t.Fatal(err)
	}
	if err := forger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = forger.Wait()
	})
}

// records waits until gobindctl log shows as many records.
func records(t *testing.T, n int, args ...string) []jsonRecord {
	t.Helper()
	prefix := testenv.Install(t)
	var answer struct {
		Schema int
		Answer jsonLog
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		out, err := testenv.Root.Command(prefix.Gobindctl(), append([]string{"log", "--json"}, args...)...).Output()
		if jsonErr := json.Unmarshal(out, &answer); jsonErr == nil && len(answer.Answer.Records) >= n {
			return answer.Answer.Records
		}
		if time.Now().After(deadline) {
			t.Fatalf("gobindctl log: %v\n%s", err, out)
		}
	}
}

// said is a record in short. The order of the ports is that of a map.
func said(r jsonRecord) string {
	return fmt.Sprint(r.Trust, " ", r.Verdict, " ", r.UID, " ", r.User, " ", r.Protocol, " ", r.Port, " ", r.Reason)
}

func check(t *testing.T, got []jsonRecord, want ...string) {
	t.Helper()
	counts := map[string]int{}
	for _, r := range got {
		counts[said(r)]++
	}
	for _, w := range want {
		if counts[w] != 1 {
			t.Errorf("%d records %q, want 1, in %v", counts[w], w, counts)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d records, want %d: %v", len(got), len(want), counts)
	}
}

// A real rsyslog writes what the helper sends, and gobindctl log reads it. It
// cannot tell whose a record is.
func TestRsyslog(t *testing.T) {
	prefix := testenv.Install(t)
	file := testenv.StartRsyslog(t)
	decide(t, prefix)
	check(t, records(t, 4, "--file="+file),
		"unknown permit 61001 gbalice tcp 80 access", "unknown deny 61001 gbalice tcp 81 no-rule",
		"unknown permit 61001 gbalice tcp 443 access", "unknown permit 61002 gbbob tcp 443 access")
	check(t, records(t, 1, "--file="+file, "--verdict=deny", "--since=1h"), "unknown deny 61001 gbalice tcp 81 no-rule")
	out, err := testenv.Root.Command(prefix.Gobindctl(), "doctor").Output()
	if err != nil {
		t.Errorf("doctor with a syslog daemon: %v\n%s", err, out)
	}
}

// A real journald notes who sent a record, and gobindctl log tells forgeries.
func TestJournald(t *testing.T) {
	prefix := testenv.Install(t)
	testenv.StartJournald(t)
	decide(t, prefix)
	got := records(t, 4)
	for i, r := range got { // journald may look when a helper has ended
		if r.Trust == auditlog.Unknown {
			t.Logf("ended before the journal looked: %v", r)
			got[i].Trust = auditlog.Verified
		}
	}
	check(t, got, "verified permit 61001 gbalice tcp 80 access", "verified deny 61001 gbalice tcp 81 no-rule",
		"forged permit 61001 gbalice tcp 443 access", "forged permit 61002 gbbob tcp 443 access")
	_ = unix.Unlink("/etc/gobind/byport/80")
}
