package kernel

import (
	"errors"
	"os"
	"slices"

	"gobind/internal/tree"
	"gobind/policy"
)

// treeCompiler makes clauses of trees. The later a clause comes, the greater its
// rank.
type treeCompiler struct {
	rank    uint32
	clauses []clause
	omitted []Omission
	fs      *tree.FS
}

// treeClauses are those of the trees, of which the first is asked first, as they are
// in fs now. rank is that of the last clause before them.
func treeClauses(fs *tree.FS, dirs []string, rank uint32) *treeCompiler {
	t := &treeCompiler{rank: rank, fs: fs}
	for _, dir := range slices.Backward(dirs) {
		t.add(fs.Read(dir))
	}
	return t
}

// everything is a clause about all that a tree can decide.
var everything = clause{stage: trees, kind: anyone, protocols: tcp | udp, min: 1, max: 65535}

// emit adds a clause with a greater rank than all before.
func (t *treeCompiler) emit(c clause) {
	t.rank++
	c.rank = t.rank
	t.clauses = append(t.clauses, c)
}

// omit refuses what c is about, and says so.
func (t *treeCompiler) omit(c clause, file, why string) {
	t.omitted = append(t.omitted, Omission{Source: policy.Source{File: file}, Why: why})
	t.emit(c)
}

// add adds a tree: what is asked first comes last.
func (t *treeCompiler) add(one tree.Tree) {
	if tree.Absent(one.Dir.Err) {
		return
	}
	t.addByUID(one.ByUID)
	t.addByAddr(one.ByAddr)
	t.addByPort(one.ByPort)
	if one.Dir.Err != nil || !one.Dir.IsDir() || !one.Dir.RootOnly() {
		t.emit(everything) // as policy does
	}
	t.addWay(one.Way)
}

// addWay refuses everything if the way to the tree is not one that everybody may go,
// and on which, if there are links, only root can lead elsewhere.
func (t *treeCompiler) addWay(way []tree.Entry) {
	linked := slices.ContainsFunc(way, tree.Entry.IsLink)
	for _, e := range way {
		switch {
		case e.Err != nil || e.IsDir() && !searchable(e):
			t.omit(everything, e.Path, "not everybody may search it")
		case linked && !e.RootOnly():
			t.omit(everything, e.Path, "not root's alone, with a link on the way")
		}
	}
}

// addDir refuses everything if the directory is not as it has to be. It reports
// whether it is.
func (t *treeCompiler) addDir(e tree.Entry) bool {
	switch {
	case t.isLink(e):
		t.omit(everything, e.Path, "a symbolic link")
	case e.Err == nil && e.IsDir() && e.RootOnly() && searchable(e):
		return true
	case tree.Absent(e.Err):
	case e.Err == nil && e.IsDir() && e.RootOnly():
		t.omit(everything, e.Path, "not everybody may search it")
	default:
		t.emit(everything) // as policy does
	}
	return false
}

// isLink reports whether the name of the entry is a link's.
func (t *treeCompiler) isLink(e tree.Entry) bool { return t.fs.Lstat(e.Path).IsLink() }

// searchable reports whether everybody may search the directory.
func searchable(e tree.Entry) bool {
	return !slices.ContainsFunc(e.Access(), func(a tree.ACLEntry) bool { return !a.Execute })
}

func (t *treeCompiler) addByPort(dir tree.Dir) {
	for _, file := range dir.Files {
		if port, ok := tree.ParsePort(file.Name); ok {
			c := everything
			c.min, c.max = port, port
			t.addAccess(file, c)
		}
	}
	t.addHidden(dir)
}

func (t *treeCompiler) addByAddr(dir tree.Dir) {
	for step := 1; step >= 0; step-- { // the first that is there decides
		for _, file := range dir.Files {
			addr, at, ok := tree.ParseAddr(file.Name)
			if !ok || at != step {
				continue
			}
			c := everything
			c.min, c.max = addr.Port(), addr.Port()
			c.where, _ = addr.Addr().Prefix(addr.Addr().BitLen())
			t.addAccess(file, c)
		}
	}
	t.addHidden(dir)
}

// addHidden refuses everything if the directory is not as it has to be, or its names
// could not be read.
func (t *treeCompiler) addHidden(dir tree.Dir) {
	if t.addDir(dir.Entry) && dir.Hid != nil {
		t.hide(dir)
	}
}

// hide refuses everything, because names could not be read.
func (t *treeCompiler) hide(dir tree.Dir) {
	t.omit(everything, dir.Path, dir.Hid.Error())
	t.omitted[len(t.omitted)-1].Hidden = errors.Is(dir.Hid, os.ErrPermission)
}

// addAccess makes clauses of who may execute the file: c about them.
func (t *treeCompiler) addAccess(file tree.Entry, c clause) {
	switch {
	case tree.Absent(file.Err): // a link that leads nowhere
		return
	case file.Err != nil:
		t.emit(c)
		return
	case t.isLink(file):
		t.omit(c, file.Path, "a symbolic link")
		return
	}
	access := file.Access()
	t.emit(about(c, anyone, 0, access[len(access)-1].Execute))
	for _, permitted := range []bool{false, true} { // one group that may is enough
		for _, a := range access {
			if (a.Who == tree.OwnerGroup || a.Who == tree.NamedGroup) && a.Execute == permitted {
				t.emit(about(c, group, a.ID, permitted))
			}
		}
	}
	for _, a := range slices.Backward(access) { // the owner before named users
		if a.Who == tree.NamedUser || a.Who == tree.OwnerUser {
			t.emit(about(c, user, a.ID, a.Execute))
		}
	}
	t.emit(about(c, user, 0, file.RootMay()))
}

func about(c clause, k kind, id uint32, permit bool) clause {
	c.kind, c.id, c.permit = k, id, permit
	return c
}
