package convert

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/ruletext"
	"gobind/internal/tree"
	"gobind/policy"
)

// known are the users and groups that have names.
var (
	users  = map[uint32]string{0: "root", 7: "tomcat", 8: "www-data"}
	groups = map[uint32]string{0: "root", 8: "web", 9: "dns"}
	known  = Names{func(id uint32) string { return users[id] }, func(id uint32) string { return groups[id] }}
)

// fakeNames are the same for the parser of rules.
type fakeNames struct{}

func find(in map[uint32]string, name string) (uint32, bool) {
	for id, n := range in {
		if n == name {
			return id, true
		}
	}
	return 0, false
}
func (fakeNames) User(name string) (uint32, bool)                        { return find(users, name) }
func (fakeNames) Group(name string) (uint32, bool)                       { return find(groups, name) }
func (fakeNames) Service(string, policy.Protocol) (port uint16, ok bool) { return 0, false }
func (fakeNames) HasUser(uid uint32) bool                                { return users[uid] != "" }
func (fakeNames) HasGroup(gid uint32) bool                               { return groups[gid] != "" }

// asked is a tree as the judge sees it, for one subject.
type asked struct {
	files   map[string]tree.Entry
	subject policy.Subject
}

func (asked) Dir() string        { return "/etc/authbind" }
func (asked) Open() policy.Fault { return policy.Fault{} }

func fault(err error) policy.Fault {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return policy.Fault{Errno: policy.Errno(errno)}
	}
	return policy.Fault{}
}

func (a asked) Access(name string) policy.Fault {
	e, ok := a.files[name]
	switch {
	case !ok:
		return policy.Fault{Errno: policy.ENOENT}
	case e.Err != nil:
		return fault(e.Err)
	case a.subject.UID == 0 && e.RootMay(), a.subject.UID != 0 && e.May(a.subject.UID, append(slices.Clone(a.subject.Groups), a.subject.GID)...):
		return policy.Fault{}
	default:
		return policy.Fault{Errno: policy.EACCES}
	}
}

func (a asked) ByUID(name string) ([]byte, policy.Fault) {
	e, ok := a.files["byuid/"+name]
	switch {
	case !ok:
		return nil, policy.Fault{Errno: policy.ENOENT}
	case e.Err != nil:
		return nil, fault(e.Err)
	case !e.RootOnly():
		return nil, policy.Fault{Errno: policy.EACCES, Unsafe: true}
	default:
		return e.Content, policy.Fault{}
	}
}

// treeOf is the tree of the files.
func treeOf(files map[string]tree.Entry) tree.Tree {
	dir := func(name string) tree.Entry {
		e := tree.Entry{Path: "/etc/authbind" + name, Name: name[strings.LastIndexByte(name, '/')+1:]}
		e.Stat.Mode = unix.S_IFDIR | 0o755
		return e
	}
	t := tree.Tree{Dir: dir("")}
	for name, to := range map[string]*tree.Dir{"/byport": &t.ByPort, "/byaddr": &t.ByAddr, "/byuid": &t.ByUID} {
		to.Entry = dir(name)
		for file, e := range files {
			if strings.HasPrefix("/"+file, name+"/") {
				to.Files = append(to.Files, e)
			}
		}
		slices.SortFunc(to.Files, func(a, b tree.Entry) int { return strings.Compare(a.Name, b.Name) })
	}
	return t
}

func newFile(name string) tree.Entry {
	e := tree.Entry{Path: "/etc/authbind/" + name, Name: name[strings.IndexByte(name, '/')+1:]}
	e.Stat.Mode = unix.S_IFREG
	return e
}

// text are the rules as a file of rules has them.
func text(r Result) string {
	var all strings.Builder
	for _, b := range r.Blocks {
		fmt.Fprintf(&all, "# %s\n", strings.Join(b.Files, " "))
		for _, rule := range b.Rules {
			all.WriteString(ruletext.Rule(rule) + "\n")
		}
	}
	return all.String()
}

func rulesOf(t interface{ Fatal(...any) }, text string) policy.Rules {
	rules, err := policy.ParseRules("f", []byte(text), fakeNames{})
	if err != nil {
		t.Fatal(err, text)
	}
	return func(yield func(policy.RuleFile) bool) {
		yield(policy.RuleFile{File: "f", Rules: rules, Names: fakeNames{}})
	}
}

// show are the rules, and the notes.
func show(r Result) string {
	all := text(r)
	for _, n := range r.Notes {
		all += fmt.Sprintf("%s %s:%d %s\n", n.Kind, n.File, n.Line, n.Detail)
	}
	return all
}

func with(mode, uid, gid uint32, acl ...tree.ACLEntry) func(name string) tree.Entry {
	return func(name string) tree.Entry {
		e := newFile(name)
		e.Stat.Mode |= mode
		e.Stat.Uid, e.Stat.Gid, e.ACL = uid, gid, acl
		return e
	}
}

func holding(text string) func(name string) tree.Entry {
	return func(name string) tree.Entry {
		e := newFile(name)
		e.Stat.Mode |= 0o400
		e.Content = []byte(text)
		return e
	}
}

// Trees as people have them, and what becomes of them; the golden file has all.
func TestTrees(t *testing.T) {
	broken := func(name string) tree.Entry {
		e := newFile(name)
		e.Err = unix.ELOOP
		return e
	}
	noexec := func(name string) tree.Entry {
		e := with(0o500, 7, 0)(name)
		e.NoExec = true
		return e
	}
	type files = map[string]func(name string) tree.Entry
	var all strings.Builder
	for _, c := range []struct {
		name  string
		files files
	}{
		{"nothing", nil},
		{"a port for a user, one for a group, one for both by access control list", files{
			"byport/80": with(0o500, 7, 0), "byport/443": with(0o510, 0, 8),
			"byport/!636": with(0o070, 0, 0, tree.ACLEntry{Who: tree.NamedUser, ID: 7, Execute: true}, tree.ACLEntry{Who: tree.NamedGroup, ID: 4712, Execute: true}),
		}},
		{"jetty9", files{"byuid/4711": holding("0.0.0.0/0:1,1023\n::/0,1-1023\n")}},
		{"java that was mended", files{"byuid/7": holding("::/0,80\n")}},
		{"a file refuses what byuid permits, and a port what an address does", files{
			"byport/80": with(0o500, 7, 0), "byport/81": with(0, 0, 0), "byaddr/127.0.0.1,80": with(0o500, 8, 0),
			"byaddr/127.0.0.1:82": with(0o500, 8, 0), "byaddr/127.0.0.1,82": with(0o500, 7, 0),
			"byuid/7": holding("0.0.0.0/0,80-82\n"), "byuid/8": holding("127.0.0.0/8,82\n"),
		}},
		{"everybody but one, everybody but a group", files{"byport/80": with(0o077, 7, 0), "byport/81": with(0o701, 8, 8)}},
		{"both families", files{"byaddr/::,80": with(0o500, 7, 0), "byaddr/0.0.0.0,80": with(0o500, 8, 0), "byaddr/::ffff:127.0.0.1,81": with(0o500, 7, 0)}},
		{"ways that cannot be joined", files{"byaddr/127.0.0.1,80": with(0o077, 7, 0), "byaddr/::ffff:127.0.0.1,80": with(0o077, 8, 0)}},
		{"ranges", files{"byuid/7": holding("192.0.2.1-192.0.2.8,80\n2001:db8::1-2001:db8::4,80\n::fffe:ffff:ffff-::ffff:0:1,53\n")}},
		{"what grants nothing", files{
			"byport/http": with(0o500, 7, 0), "byaddr/::1:80": with(0o500, 7, 0), "byuid/tomcat": holding("::/0,80\n"), "byport/80": broken, "byport/81": noexec,
			"byuid/7": holding("# a comment\n\n0.0.0.0/53/53\n::/0,600\n"), "byuid/8": with(0o644, 7, 0),
		}},
	} {
		entries := map[string]tree.Entry{}
		for name, f := range c.files {
			entries[name] = f(name)
		}
		result, err := Rules(treeOf(entries), known)
		if err != nil {
			t.Fatal(err)
		}
		rulesOf(t, text(result))
		fmt.Fprintf(&all, "== %s\n%s", c.name, show(result))
	}
	golden(t, "trees.golden", all.String())
}

// golden compares text with a file of testdata, which UPDATE=1 writes anew.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := "testdata/" + name
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs (UPDATE=1 writes it anew):\n%s", file, text)
	}
}

// A tree that refuses as a whole, or some users, has no rules.
func TestTreeError(t *testing.T) {
	for _, c := range []struct {
		change func(t *tree.Tree)
		dir    string
		why    TreeFault
	}{
		{func(t *tree.Tree) { t.Dir.Err = unix.ELOOP }, "", Broken},
		{func(t *tree.Tree) { t.Dir.Err = unix.ENOENT }, "", Broken},
		{func(t *tree.Tree) { t.ByPort.Stat.Mode = unix.S_IFREG }, "/byport", Broken},
		{func(t *tree.Tree) { t.ByUID.Hid = unix.EACCES }, "/byuid", Broken},
		{func(t *tree.Tree) { t.Dir.Stat.Mode |= 0o020 }, "", Unsafe},
		{func(t *tree.Tree) { t.ByUID.Stat.Uid = 7 }, "/byuid", Unsafe},
		{func(t *tree.Tree) { t.ByPort.Stat.Mode = unix.S_IFDIR | 0o750 }, "/byport", Closed},
		{func(t *tree.Tree) { t.ByAddr.Stat.Mode = unix.S_IFDIR | 0o705; t.ByAddr.Stat.Gid = 8 }, "/byaddr", Closed},
		{func(t *tree.Tree) { t.ByAddr.Err = unix.ENOENT }, "", ""},
		{func(t *tree.Tree) { t.ByUID.Stat.Mode = unix.S_IFDIR | 0o700 }, "", ""},
	} {
		tr := treeOf(nil)
		c.change(&tr)
		_, err := Rules(tr, known)
		var fault *TreeError
		if c.why == "" && err == nil {
			continue
		}
		if !errors.As(err, &fault) || fault.Why != c.why || fault.Dir != "/etc/authbind"+c.dir {
			t.Errorf("%v, want %s of %s", err, c.why, c.dir)
		}
	}
}
