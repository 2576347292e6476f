package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

const (
	rulesDir = "/etc/gobind/rules.d"
	ownRules = rulesDir + "/50-gobindctl.rules"
)

// noRules empties the directory of rules.
func noRules(t *testing.T) {
	t.Helper()
	if err := errors.Join(os.RemoveAll("/etc/gobind"), os.MkdirAll(rulesDir, 0o755)); err != nil {
		t.Fatal(err)
	}
}

// ruleLines are the lines of the file that are no comments.
func ruleLines(t *testing.T) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(ownRules)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// Of many permits and revocations at once none is lost.
func TestAtOnce(t *testing.T) {
	prefix := testenv.Install(t)
	noRules(t)
	atOnce := func(command string, count int) {
		t.Helper()
		var all sync.WaitGroup
		for i := range count {
			all.Go(func() {
				out, err := testenv.Root.Command(prefix.Gobindctl(), command, "gbalice", "tcp", fmt.Sprint("*:", 1+i)).CombinedOutput()
				if err != nil {
					t.Errorf("%s %d: %v: %s", command, 1+i, err, out)
				}
			})
		}
		all.Wait()
	}
	const permits, revocations = 50, 10
	atOnce("permit", permits)
	if lines := ruleLines(t); len(lines) != permits {
		t.Errorf("%d rules of %d: %q", len(lines), permits, lines)
	}
	atOnce("revoke", revocations)
	if lines := ruleLines(t); len(lines) != permits-revocations {
		t.Errorf("%d rules of %d: %q", len(lines), permits-revocations, lines)
	}
}

// Killed at any moment, permit has added its rule or has not.
func TestPermitKilled(t *testing.T) {
	prefix := testenv.Install(t)
	noRules(t)
	var want string
	added := 0
	for i := 0; i < 30 || added == 0; i++ {
		cmd := testenv.Root.Command(prefix.Gobindctl(), "permit", "gbalice", "tcp", fmt.Sprint("*:", 1+i))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * time.Millisecond) // a moment, not a wait
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		text, err := os.ReadFile(ownRules)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		rule := fmt.Sprintf("permit gbalice tcp *:%d\n", 1+i)
		switch got := string(text); {
		case err != nil:
			t.Fatal(err)
		case got == want:
		case want == "" && strings.HasSuffix(got, ").\n"+rule), want != "" && got == want+rule:
			want, added = got, added+1
		default:
			t.Fatalf("round %d: %q, before: %q", i, got, want)
		}
	}
	if out, err := testenv.Root.Command(prefix.Gobindctl(), "permit", "gbbob", "tcp", "*:1").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	entries, err := os.ReadDir(rulesDir)
	if err != nil || len(entries) != 2 { // the rules and the lock
		t.Errorf("left: %v, %v", entries, err)
	}
}

// With a full disk nothing changes, and permit says so.
func TestPermitFullDisk(t *testing.T) {
	prefix := testenv.Install(t)
	noRules(t)
	if err := unix.Mount("tmpfs", rulesDir, "tmpfs", 0, "mode=0755,size=16k"); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(rulesDir, unix.MNT_DETACH) //nolint:errcheck // the world ends with it
	permit := func(port int) (int, string) {
		var stderr bytes.Buffer
		cmd := testenv.Root.Command(prefix.Gobindctl(), "permit", "gbalice", "tcp", fmt.Sprint("*:", port))
		cmd.Stderr = &stderr
		err := cmd.Run()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), stderr.String()
	}
	if status, out := permit(1); status != 0 {
		t.Fatal(out)
	}
	full := fmt.Sprint("dd if=/dev/zero of=", rulesDir, "/filler bs=4k; true")
	if out, err := exec.Command("sh", "-c", full).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	status, out := permit(2)
	if want := "gobindctl: cannot write " + ownRules + ": no space left on device\n"; status != statusUnavailable || out != want {
		t.Errorf("exit status %d: %q, want %q", status, out, want)
	}
	if lines := ruleLines(t); len(lines) != 1 {
		t.Errorf("after it: %q", lines)
	}
	if entries, err := os.ReadDir(rulesDir); err != nil || len(entries) != 3 { // rules, lock, filler
		t.Errorf("left: %v, %v", entries, err)
	}
}
