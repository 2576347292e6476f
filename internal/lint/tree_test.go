package lint

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/tree"
)

func dirEntry(path string) tree.Entry {
	e := tree.Entry{Path: path, Name: path[strings.LastIndexByte(path, '/')+1:]}
	e.Stat.Mode = unix.S_IFDIR | 0o755
	return e
}

// fileEntry is a file of the tree, with the mode and what else is done to it.
func fileEntry(name string, mode uint32, change ...func(e *tree.Entry)) tree.Entry {
	e := tree.Entry{Path: "/etc/authbind/" + name, Name: name[strings.IndexByte(name, '/')+1:]}
	e.Stat.Mode = unix.S_IFREG | mode
	for _, c := range change {
		c(&e)
	}
	return e
}

func owner(uid, gid uint32) func(e *tree.Entry) {
	return func(e *tree.Entry) { e.Stat.Uid, e.Stat.Gid = uid, gid }
}
func content(text string) func(e *tree.Entry) {
	return func(e *tree.Entry) { e.Content = []byte(text) }
}
func through(uid uint32) func(e *tree.Entry) {
	return func(e *tree.Entry) {
		link := tree.Entry{Path: e.Path}
		link.Stat.Mode, link.Stat.Uid = unix.S_IFLNK|0o777, uid
		e.Way = []tree.Entry{dirEntry("/"), link}
	}
}
func broken(err error) func(e *tree.Entry) { return func(e *tree.Entry) { e.Err = err } }

// newTree is a tree of the files, all else as it should be.
func newTree(files ...tree.Entry) tree.Tree {
	top := dirEntry("/etc/authbind")
	t := tree.Tree{Dir: top, Way: []tree.Entry{dirEntry("/"), dirEntry("/etc"), top}}
	for _, d := range []struct {
		name string
		to   *tree.Dir
	}{{"byport", &t.ByPort}, {"byaddr", &t.ByAddr}, {"byuid", &t.ByUID}, {"rules.d", &t.Rules}} {
		d.to.Entry = dirEntry("/etc/authbind/" + d.name)
		for _, f := range files {
			if strings.HasPrefix(f.Path, d.to.Path+"/") {
				d.to.Files = append(d.to.Files, f)
			}
		}
	}
	t.Rules.Err = unix.ENOENT
	return t
}

// Names of files that no request asks for, and what they should be.
func TestNames(t *testing.T) {
	var all strings.Builder
	for _, name := range []string{
		"byport/80", "byport/!80", "byport/600", "byport/!600", "byport/080", "byport/http", "byport/ldaps", "byport/nonsense",
		"byport/0", "byport/65536", "byport/.80.swp", "byport/80~", "byport/!8080", "byport/8080",
		"byaddr/127.0.0.1,80", "byaddr/127.0.0.1:80", "byaddr/!127.0.0.1,80", "byaddr/127.0.0.1:600", "byaddr/127.0.0.01,80",
		"byaddr/::1,80", "byaddr/::1:80", "byaddr/[::1]:80", "byaddr/[::1],600", "byaddr/FE80::1,80", "byaddr/fe80::1%eth0,80", "byaddr/0:0:0:0:0:0:0:1,80",
		"byaddr/::102:304,80", "byaddr/::1.2.3.4,80", "byaddr/::ffff:7f00:1,80", "byaddr/127.0.0.1,http", "byaddr/127.0.0.1", "byaddr/*,80",
		"byuid/7", "byuid/!7", "byuid/tomcat", "byuid/!tomcat", "byuid/007", "byuid/4711", "byuid/ghost", "byuid/!!7",
	} {
		mode := uint32(0o500)
		if strings.HasPrefix(name, "byuid") {
			mode = 0o644
		}
		f := fileEntry(name, mode)
		if mode == 0o500 {
			owner(7, 0)(&f)
		}
		fmt.Fprintf(&all, "%s\n%s", name, strings.ReplaceAll(show(Trees([]tree.Tree{newTree(f)}, fakeNames{})), "/etc/authbind/", "\t"))
	}
	golden(t, "names.golden", all.String())
}

// Files that refuse, that everybody may execute, or that are never asked.
func TestFiles(t *testing.T) {
	acl := func(e *tree.Entry) {
		e.ACL = []tree.ACLEntry{{Who: tree.NamedUser, ID: 4711, Execute: true}, {Who: tree.NamedGroup, ID: 4712, Execute: true}}
	}
	large := func(e *tree.Entry) { e.Stat.Size = tree.MaxByUID + 1 }
	device := func(e *tree.Entry) { e.Stat.Mode = unix.S_IFCHR | 0o600 }
	noexec := func(e *tree.Entry) { e.NoExec = true }
	golden(t, "files.golden", show(Trees([]tree.Tree{newTree(
		fileEntry("byport/1", 0o500, owner(7, 0)), fileEntry("byport/2", 0o505, owner(7, 0)), fileEntry("byport/3", 0o644),
		fileEntry("byport/4", 0o500), fileEntry("byport/5", 0o500, owner(4711, 0)), fileEntry("byport/6", 0o510, owner(0, 4712)),
		fileEntry("byport/7", 0o070, acl), fileEntry("byport/8", 0o500, owner(7, 0), noexec), fileEntry("byport/9", 0, broken(unix.ENOENT)),
		fileEntry("byport/10", 0, broken(unix.ELOOP)), fileEntry("byport/11", 0, broken(unix.EACCES)),
		fileEntry("byaddr/127.0.0.1,1", 0o500, owner(7, 0)), fileEntry("byaddr/127.0.0.1,20", 0o500, owner(7, 0)), fileEntry("byaddr/127.0.0.1:20", 0o500, owner(7, 0)),
		fileEntry("byaddr/::1,9", 0o500, owner(7, 0)),
		fileEntry("byuid/7", 0o644, content("0.0.0.0/0,1\n0.0.0.0/0,2-90\n127.0.0.1,80\n0.0.0.0/0,500-600\n::/0,1-1023\n")),
		fileEntry("byuid/!7", 0o644, content("0.0.0.0/0,512-600\n::/0,1-1023\n0.0.0.0/0,90\n")),
		fileEntry("byuid/0", 0o666), fileEntry("byuid/!0", 0o644, owner(7, 0)), fileEntry("byuid/1", 0o644, large),
		fileEntry("byuid/2", 0, device), fileEntry("byuid/3", 0, broken(unix.EACCES)), fileEntry("byuid/4", 0, broken(unix.ENOENT)),
		fileEntry("byuid/5", 0, broken(unix.ELOOP)), fileEntry("byuid/6", 0o044), fileEntry("byuid/8", 0o644, through(7)), fileEntry("byuid/9", 0o644, through(0)),
	)}, fakeNames{})))
}

// Directories that others could write to, that are none, or that are closed.
func TestDirs(t *testing.T) {
	type change func(t *tree.Tree)
	mode := func(e *tree.Entry, mode uint32) { e.Stat.Mode = e.Stat.Mode&unix.S_IFMT | mode }
	var all strings.Builder
	for _, c := range []struct {
		name   string
		change change
	}{
		{"all is well", func(*tree.Tree) {}},
		{"no tree", func(t *tree.Tree) { t.Dir.Err = unix.ENOENT }},
		{"a loop", func(t *tree.Tree) { t.Dir.Err = unix.ELOOP }},
		{"a file", func(t *tree.Tree) { t.Dir.Stat.Mode = unix.S_IFREG }},
		{"/etc is writable", func(t *tree.Tree) { mode(&t.Way[1], 0o777) }},
		{"/etc is sticky", func(t *tree.Tree) { mode(&t.Way[1], 0o1777) }},
		{"/etc is a user's, and sticky", func(t *tree.Tree) { mode(&t.Way[1], 0o1755); t.Way[1].Stat.Uid = 7 }},
		{"a user's link", func(t *tree.Tree) {
			link := tree.Entry{Path: "/etc/link"}
			link.Stat.Mode, link.Stat.Uid = unix.S_IFLNK|0o777, 7
			t.Way = slices.Insert(t.Way, 2, link)
		}},
		{"root's link", func(t *tree.Tree) {
			link := tree.Entry{Path: "/etc/link"}
			link.Stat.Mode = unix.S_IFLNK | 0o777
			t.Way = slices.Insert(t.Way, 2, link)
		}},
		{"writable", func(t *tree.Tree) { mode(&t.Dir, 0o775) }},
		{"closed", func(t *tree.Tree) { mode(&t.Dir, 0o700); mode(&t.ByPort.Entry, 0o750); mode(&t.ByUID.Entry, 0o700) }},
		{"byport is a file", func(t *tree.Tree) { t.ByPort.Stat.Mode = unix.S_IFREG }},
		{"byaddr is hidden, byport not listed", func(t *tree.Tree) { t.ByAddr.Err = unix.EACCES; t.ByPort.Hid = unix.EACCES }},
		{"byuid is a loop, byport is not there", func(t *tree.Tree) { t.ByUID.Err = unix.ELOOP; t.ByPort.Err = unix.ENOENT }},
		{"byport is a user's link, byuid has mode 0666", func(t *tree.Tree) {
			link := tree.Entry{Path: "/etc/link"}
			link.Stat.Mode, link.Stat.Uid = unix.S_IFLNK|0o777, 7
			t.ByPort.Way = []tree.Entry{link}
			mode(&t.ByUID.Entry, 0o644)
		}},
		{"strangers", func(t *tree.Tree) {
			t.Others = []tree.Entry{fileEntry("byports", 0), fileEntry("README.md", 0), fileEntry(".git", 0), fileEntry("byuid.example", 0)}
		}},
	} {
		tr := newTree()
		c.change(&tr)
		fmt.Fprintf(&all, "%s\n%s", c.name, strings.ReplaceAll(show(Trees([]tree.Tree{tr}, fakeNames{})), "/etc/", "\t/etc/"))
	}
	second := newTree()
	second.Rules.Err = nil
	fmt.Fprintf(&all, "rules.d of a second tree\n%s", show(Trees([]tree.Tree{newTree(), second}, fakeNames{})))
	golden(t, "dirs.golden", all.String())
}

// What a tree has files for is never asked of those after it.
func TestEarlierTree(t *testing.T) {
	first := newTree(
		fileEntry("byport/80", 0o500, owner(7, 0)), fileEntry("byport/!600", 0o500, owner(7, 0)), fileEntry("byport/81", 0, broken(unix.ENOENT)),
		fileEntry("byaddr/127.0.0.1,90", 0o500, owner(7, 0)), fileEntry("byuid/7", 0o644, content("127.0.0.1,99\n")),
	)
	for _, files := range [][]tree.Entry{first.ByPort.Files, first.ByAddr.Files, first.ByUID.Files} {
		for i := range files {
			files[i].Path = strings.Replace(files[i].Path, "/etc/authbind", "/etc/gobind", 1)
		}
	}
	second := newTree(
		fileEntry("byport/80", 0o500, owner(7, 0)), fileEntry("byport/81", 0o500, owner(7, 0)), fileEntry("byport/90", 0o500, owner(7, 0)),
		fileEntry("byaddr/127.0.0.1,80", 0o500, owner(7, 0)), fileEntry("byaddr/127.0.0.1:90", 0o500, owner(7, 0)), fileEntry("byaddr/127.0.0.2,90", 0o500, owner(7, 0)),
		fileEntry("byuid/7", 0o644, content("127.0.0.1,80\n127.0.0.1,81\n127.0.0.1,99\n")), fileEntry("byuid/!7", 0o644, content("127.0.0.1,600\n")),
	)
	want := `/etc/authbind/byaddr/127.0.0.1,80:0:0: warning file-hidden "/etc/gobind/byport/80" ""
/etc/authbind/byaddr/127.0.0.1:90:0:0: warning file-hidden "/etc/gobind/byaddr/127.0.0.1,90" ""
/etc/authbind/byaddr/127.0.0.2,90:0:0: warning file-hidden "/etc/authbind/byport/90" ""
/etc/authbind/byport/80:0:0: warning file-hidden "/etc/gobind/byport/80" ""
/etc/authbind/byuid/!7:1:1: warning line-hidden "/etc/gobind/byport/!600" ""
/etc/authbind/byuid/7:1:1: warning line-hidden "/etc/gobind/byport/80" ""
/etc/authbind/byuid/7:2:1: warning line-hidden "/etc/authbind/byport/81" ""
/etc/gobind/byport/81:0:0: warning leads-no "" ""
`
	if got := show(Trees([]tree.Tree{first, second}, fakeNames{})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every kind is found in one of the golden files.
func TestKinds(t *testing.T) {
	var found strings.Builder
	for _, name := range []string{"dirs", "files", "lines", "names", "rules", "rulesdir"} {
		text, err := os.ReadFile("testdata/" + name + ".golden")
		if err != nil {
			t.Fatal(err)
		}
		found.Write(text)
	}
	for _, kind := range Kinds() {
		if kind == KernelLacks || kind == KernelStale {
			continue // gobindctl's, which asks the kernel
		}
		if !strings.Contains(found.String(), " "+string(kind)+" ") {
			t.Errorf("%s is in no golden file", kind)
		}
	}
}
