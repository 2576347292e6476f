package policydir

import (
	"errors"
	"os"
	"testing"
)

// Directories stay open between decisions, and each decision is by what their names
// lead to then, and by who may write there then.
func TestDirectoriesAreLookedAtAgain(t *testing.T) {
	inRules(t)
	byport := ConfDir + "/byport"
	run := func(steps ...error) {
		t.Helper()
		if err := errors.Join(steps...); err != nil {
			t.Fatal(err)
		}
	}
	run(os.MkdirAll(byport, 0o755), os.WriteFile(byport+"/80", nil, 0o755), os.Chmod(byport+"/80", 0o755))
	s := Open(61001)
	defer s.Close()
	denied := said(OpenIn("/nonexistent", 61001, ConfDir, AuthbindDir))
	permit := said(s)
	expect := func(when, want string) {
		t.Helper()
		for range 2 {
			if got := said(s); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
	}
	if permit == denied {
		t.Fatal(permit)
	}
	before := openFiles(t)
	for range 50 {
		expect("unchanged", permit)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
	run(os.Chmod(byport, 0o777))
	if got := said(s); got == permit {
		t.Errorf("a directory that others may write to: %s", got)
	}
	run(os.Chmod(byport, 0o755))
	expect("mended", permit)
	run(os.Rename(byport, byport+".old"), os.Mkdir(byport, 0o755))
	expect("an empty one in its place", denied)
	run(os.Remove(byport), os.Symlink("byport.old", byport))
	expect("a link in its place", permit)
	run(os.Remove(byport+".old/80"), os.Remove(byport), os.Rename(byport+".old", byport))
	expect("the first one again, without the file", denied)
	run(os.RemoveAll(byport))
	expect("gone", denied)
	run(os.Mkdir(byport, 0o755), os.WriteFile(byport+"/80", nil, 0o755), os.Chmod(byport+"/80", 0o755))
	expect("there again", permit)
	run(os.Chown(byport, 61001, 0))
	if got := said(s); got == permit {
		t.Errorf("a directory of a user's: %s", got)
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

// openFiles counts the descriptors of this process.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
