package kernel

import (
	"gobind/internal/tree"

	"go4.org/netipx"
)

// addByUID adds a directory of byuid files.
func (t *treeCompiler) addByUID(dir tree.Dir) {
	for _, file := range dir.Files {
		uid, upper, ok := tree.ParseUID(file.Name)
		if !ok || tree.Absent(file.Err) {
			continue
		}
		c := about(everything, user, uid, false)
		c.max = 511
		if upper {
			c.min, c.max = 512, 65535
		}
		switch {
		case t.isLink(file):
			t.omit(c, file.Path, "a symbolic link")
		case !believable(file):
			t.emit(c)
		default:
			t.addLines(string(file.Content), c)
		}
	}
	switch {
	case t.isLink(dir.Entry):
		t.omit(everything, dir.Path, "a symbolic link")
	case tree.Absent(dir.Err):
	case dir.Err != nil || !dir.IsDir() || !dir.RootOnly() || dir.Stat.Mode&0o100 == 0:
		t.emit(everything)
	case dir.Hid != nil:
		t.hide(dir)
	}
}

// believable reports whether a byuid file is what the helper reads: a regular file
// that only root can write, that its owner may read, and not too large.
func believable(e tree.Entry) bool {
	return e.Err == nil && e.IsRegular() && e.RootOnly() && e.Stat.Mode&0o400 != 0 && e.Stat.Size <= tree.MaxByUID
}

// addLines makes clauses of the lines of a byuid file, all of one rank: they only
// permit.
func (t *treeCompiler) addLines(text string, c clause) {
	t.rank++
	c.rank, c.permit = t.rank, true
	for _, line := range tree.Lines(text) {
		g := line.Grant
		low, high := max(g.Min, uint32(c.min)), min(g.Max, uint32(c.max))
		if !line.Grants || low > high {
			continue
		}
		one := c
		one.min, one.max = uint16(low), uint16(high)
		for _, prefix := range netipx.IPRangeFrom(g.From, g.To).Prefixes() {
			one.where = prefix
			t.clauses = append(t.clauses, one)
		}
	}
}
