package policydir

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"gobind/internal/testenv"
	"gobind/policy"
)

// inRules makes policy directories of the test's own, with an empty rules.d, and
// returns the path of that.
func inRules(t testing.TB) string {
	t.Helper()
	if os.Getuid() != 0 {
		testenv.Skip(t, "only root's directories are policy")
	}
	conf, authbind := ConfDir, AuthbindDir
	t.Cleanup(func() { ConfDir, AuthbindDir = conf, authbind })
	ConfDir, AuthbindDir = t.TempDir(), t.TempDir()
	dir := ConfDir + "/rules.d"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write writes a rules file in place, and waits until it is old enough to count.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * quiet * time.Millisecond)
}

var port80 = policy.Request{
	Subject: policy.Subject{UID: 61001, GID: 61001}, Protocol: policy.ProtocolTCP,
	Addr: netip.MustParseAddr("127.0.0.1"), Port: 80,
}

// said is a decision in short, "restart" if the store is out of date.
func said(s *Store) string {
	d, current := s.Decide(port80)
	switch {
	case !current:
		return "restart"
	case d.Syntax != nil:
		return d.Syntax.Error()
	default:
		return fmt.Sprint([]string{"deny ", "permit "}[d.Verdict], d.Source, " ", d.Reason)
	}
}

// A file that is edited in place counts at once; a name that comes, goes or leads to
// another file, and a directory that others may write to, need a helper anew.
func TestRulesChange(t *testing.T) {
	dir := inRules(t)
	file := dir + "/50.rules"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(s *Store, want string) {
		t.Helper()
		if got := strings.TrimPrefix(said(s), ConfDir); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	permit := fmt.Sprintf("permit %s:2 %d", file, policy.ReasonRule)
	write(t, file, "# nothing\npermit 61001 tcp *:80\n")
	s := Open(61001)
	want(s, permit)
	want(s, permit)
	write(t, file, "deny * tcp *:80\n")
	want(s, fmt.Sprintf("deny %s:1 %d", file, policy.ReasonRule))
	write(t, file, "# nothing\npermitt 61001 tcp *:80\n")
	want(s, `/rules.d/50.rules:2:1: "permitt": a rule begins with permit or deny`)
	write(t, file, "# nothing\npermit 61001 tcp *:80\n")
	want(s, permit)
	write(t, dir+"/ignored", "nonsense\n")
	want(s, "restart")
	s = Open(61001)
	want(s, permit)
	must(os.Chmod(dir, 0o777))
	want(s, "restart")
	s = Open(61001)
	want(s, fmt.Sprintf("deny %s %d", dir, policy.ReasonUnsafe))
	must(os.Chmod(dir, 0o755))
	time.Sleep(2 * quiet * time.Millisecond)
	s = Open(61001)
	want(s, permit)
	must(os.Chmod(file, 0o666))
	want(s, fmt.Sprintf("deny %s %d", file, policy.ReasonUnsafe))
	must(os.Chmod(file, 0o644))
	time.Sleep(2 * quiet * time.Millisecond)
	want(s, permit)
	must(os.Rename(dir, dir+".old"))
	want(s, "restart")
	s = Open(61001)
	want(s, fmt.Sprintf("deny  %d", policy.ReasonNoRule))
	must(os.Rename(dir+".old", dir))
	want(s, "restart")
}

// Files that end in .rules count, in the order of their names, but for hidden ones; a
// link of root's does too.
func TestWhichRules(t *testing.T) {
	dir := inRules(t)
	write(t, ConfDir+"/elsewhere", "deny * any *:*\n")
	for _, name := range []string{"10.rules", "9.rules", ".5.rules", "99.rules~", "99.rules.dpkg-new", "README"} {
		write(t, dir+"/"+name, "permit * any *:*\n")
	}
	if got, want := said(Open(61001)), fmt.Sprintf("permit %s/9.rules:1 %d", dir, policy.ReasonRule); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := os.Symlink("../elsewhere", dir+"/99.rules"); err != nil {
		t.Fatal(err)
	}
	if got, want := said(Open(61001)), fmt.Sprintf("deny %s/99.rules:1 %d", dir, policy.ReasonRule); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := os.Mkdir(dir+"/999.rules", 0o755); err != nil {
		t.Fatal(err)
	}
	if got, want := said(Open(61001)), fmt.Sprintf("deny %s/999.rules %d", dir, policy.ReasonError); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What a decision costs: a hundred thousand rules of others, in a file of theirs or in
// many; parsed anew each time, or not.
func BenchmarkDecide(b *testing.B) {
	for _, count := range []int{10, 100_000} {
		for _, files := range []int{1, 100} {
			b.Run(fmt.Sprintf("%d rules in %d files", count, files), func(b *testing.B) {
				dir := inRules(b)
				var text strings.Builder
				for i := range max(1, count/files) {
					fmt.Fprintf(&text, "permit %d tcp 192.0.2.%d:80,443\n", 100000+i, i%256)
				}
				for i := range files {
					if err := os.WriteFile(fmt.Sprintf("%s/%03d.rules", dir, i), []byte(text.String()), 0o644); err != nil {
						b.Fatal(err)
					}
				}
				time.Sleep(2 * quiet * time.Millisecond)
				b.Run("first", func(b *testing.B) {
					for b.Loop() {
						s := Open(61001)
						s.Decide(port80)
						s.Close()
					}
				})
				b.Run("next", func(b *testing.B) {
					s := Open(61001)
					defer s.Close()
					s.Decide(port80)
					for b.Loop() {
						s.Decide(port80)
					}
				})
			})
		}
	}
}
