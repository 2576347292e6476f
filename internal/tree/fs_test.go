package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// shell runs commands in dir.
func shell(t *testing.T, dir, commands string) {
	t.Helper()
	cmd := exec.Command("sh", "-ec", commands)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", commands, err, out)
	}
}

// Who may execute a file, by owner, mode and access control list, is what the
// kernel says.
func TestAccess(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.Require(t, "setfacl")
	dir, err := os.MkdirTemp(testenv.Dir(), "")
	if err != nil {
		t.Fatal(err)
	}
	shell(t, dir, "chmod 755 .")
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var names []string
	var script strings.Builder
	for i := range 100 {
		name := fmt.Sprint(i)
		names = append(names, name)
		commands := pick("touch ", "touch ", "mkdir ") + name +
			fmt.Sprintf("; chown %s:%s %s; chmod %o %s;", pick("root", "gbalice", "gbbob"), pick("root", "gbweb", "gbalice"), name, random.IntN(0o1000), name)
		for range random.IntN(3) {
			commands += fmt.Sprintf("setfacl -m %s:%s %s;", pick("u:gbalice", "u:gbcarol", "g:gbweb", "g:gbbob", "m:"), pick("x", "r", "rx"), name)
		}
		script.WriteString(commands)
	}
	shell(t, dir, script.String())
	fs, err := NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	for _, u := range []testenv.User{testenv.Alice, testenv.Bob, testenv.Carol} {
		cmd := u.Command("sh", "-c", "cd "+dir+"; for f; do test -x $f && echo $f; done; :", "sh")
		cmd.Args = append(cmd.Args, names...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		may := map[string]bool{}
		for _, name := range strings.Fields(string(out)) {
			may[name] = true
		}
		for _, name := range names {
			e := fs.Stat(filepath.Join(dir, name))
			if e.Err != nil {
				t.Fatal(e.Err)
			}
			if got := e.May(u.UID, append(u.Groups, u.GID)...); got != may[name] {
				t.Errorf("%s may execute %o %d:%d %v: %v, the kernel says %v", u.Name, e.Stat.Mode, e.Stat.Uid, e.Stat.Gid, e.ACL, got, may[name])
			}
		}
	}
}

// An image is looked at as if its root were the root: links do not lead out of it.
func TestImage(t *testing.T) {
	root := t.TempDir()
	shell(t, root, `mkdir -p etc/real/byport etc/real/byuid etc/real/sub
ln -s /etc/real etc/authbind
ln -s ../../../../../../etc etc/real/up
echo '0.0.0.0/0,80' >etc/real/byuid/7
ln -s /etc/real/byuid/7 etc/real/byuid/8
ln -s /nowhere etc/real/byuid/9
ln -s loop etc/real/byport/loop
mkfifo etc/real/byuid/10
truncate -s 2M etc/real/byuid/11
touch etc/real/byport/80`)
	fs, err := NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	tree := fs.Read("/etc/authbind")
	said := func(files []Entry) string {
		var all []string
		for _, e := range files {
			all = append(all, fmt.Sprintf("%s %q %v", e.Path, e.Content, e.Err))
		}
		return strings.Join(all, "\n")
	}
	for got, want := range map[string]string{
		said(tree.ByPort.Files): "/etc/authbind/byport/80 \"\" <nil>\n/etc/authbind/byport/loop \"\" too many levels of symbolic links",
		said(tree.ByUID.Files): `/etc/authbind/byuid/10 "" <nil>
/etc/authbind/byuid/11 "" <nil>
/etc/authbind/byuid/7 "0.0.0.0/0,80\n" <nil>
/etc/authbind/byuid/8 "0.0.0.0/0,80\n" <nil>
/etc/authbind/byuid/9 "" no such file or directory`,
		said(tree.Way):    "/ \"\" <nil>\n/etc \"\" <nil>\n/etc/authbind \"\" <nil>\n/etc \"\" <nil>\n/etc/real \"\" <nil>",
		said(tree.Others): "/etc/authbind/sub \"\" <nil>\n/etc/authbind/up \"\" <nil>",
	} {
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if !Absent(tree.ByAddr.Err) || !Absent(fs.Read("/etc/nothing").Dir.Err) || Absent(tree.Dir.Err) {
		t.Error("what is there, and what is not")
	}
	if _, err := NewFS(root + "/nothing"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if way := fs.Way("/etc/real/byport/loop/x"); len(way) < maxLinks {
		t.Errorf("a loop of %d", len(way))
	}
}

// What is no access control list is an error, and not read as one.
func TestParseACL(t *testing.T) {
	for _, raw := range []string{"", "\x02\x00\x00", "\x01\x00\x00\x00", "\x02\x00\x00\x00\x01"} {
		if _, err := parseACL([]byte(raw)); err == nil {
			t.Errorf("%q: no error", raw)
		}
	}
	if e := (Entry{Stat: unix.Stat_t{Mode: unix.S_IFREG | 0o777}, NoExec: true}); e.May(1) {
		t.Error("a file on a noexec file system is executable")
	}
}
