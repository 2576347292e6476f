package lint

import (
	"fmt"

	"gobind/internal/tree"
)

// wayChecks are of the way to a policy tree. What is found there is about all that
// is in it.
var wayChecks = []check[tree.Tree]{
	{Unreadable, wayBroken},
	{NotDir, wayEnds},
	{WayUnsafe, wayUnsafe},
}

func wayBroken(_ *linter, t tree.Tree) (Finding, bool) {
	return Finding{Detail: reason(t.Dir.Err)}, t.Dir.Err != nil
}

func wayEnds(_ *linter, t tree.Tree) (Finding, bool) { return Finding{}, !t.Dir.IsDir() }

// wayUnsafe finds a directory or link that others than root could replace.
func wayUnsafe(_ *linter, t tree.Tree) (Finding, bool) {
	return unsafeWay(t.Way[:len(t.Way)-1])
}

func unsafeWay(way []tree.Entry) (Finding, bool) {
	e, found := tree.Unsafe(way)
	return Finding{Subject: e.Path, Detail: owned(e)}, found
}

// dirChecks are of the directories of a tree. One that is not there is skipped.
var dirChecks = []check[tree.Dir]{
	{Hidden, dirHidden},
	{Unreadable, dirBroken},
	{NotDir, dirIsNone},
	{DirUnsafe, dirUnsafe},
	{WayUnsafe, func(_ *linter, d tree.Dir) (Finding, bool) { return unsafeWay(d.Way) }},
	{RootMode, func(_ *linter, d tree.Dir) (Finding, bool) { return Finding{Detail: owned(d.Entry)}, !d.OwnerMay(1) }},
	{DirClosed, dirClosed},
	{Hidden, dirUnlisted},
}

func (l *linter) dir(d tree.Dir) {
	if !tree.Absent(d.Err) {
		first(l, d.Path, dirChecks, d)
	}
}

func dirHidden(_ *linter, d tree.Dir) (Finding, bool) {
	return Finding{Detail: reason(d.Err)}, isDenied(d.Err)
}

func dirBroken(_ *linter, d tree.Dir) (Finding, bool) {
	return Finding{Detail: reason(d.Err)}, d.Err != nil
}

func dirIsNone(_ *linter, d tree.Dir) (Finding, bool) { return Finding{}, !d.IsDir() }

func dirUnsafe(_ *linter, d tree.Dir) (Finding, bool) {
	return Finding{Detail: owned(d.Entry)}, !d.RootOnly()
}

// dirClosed finds a directory in which some users may look up no name: they are
// refused everything. The names of byuid and rules.d are looked up by root.
func dirClosed(_ *linter, d tree.Dir) (Finding, bool) {
	if d.Name == "byuid" || d.Name == "rules.d" {
		return Finding{}, false
	}
	for _, a := range d.Access() {
		if !a.Execute && (a.Who == tree.Others || a.ID != 0) {
			return Finding{Detail: owned(d.Entry)}, true
		}
	}
	return Finding{}, false
}

func dirUnlisted(_ *linter, d tree.Dir) (Finding, bool) {
	return Finding{Detail: reason(d.Hid)}, d.Hid != nil
}

// owned says whose a file is, and its mode.
func owned(e tree.Entry) string {
	return fmt.Sprintf("uid %d, gid %d, mode %04o", e.Stat.Uid, e.Stat.Gid, e.Stat.Mode&0o7777)
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// contentChecks are of files whose content counts, before it is read.
var contentChecks = []check[contentFile]{
	{LeadsNo, func(_ *linter, f contentFile) (Finding, bool) { return Finding{}, tree.Absent(f.Err) }},
	{Hidden, func(_ *linter, f contentFile) (Finding, bool) {
		return Finding{Detail: reason(f.Err)}, isDenied(f.Err)
	}},
	{Unreadable, func(_ *linter, f contentFile) (Finding, bool) {
		return Finding{Detail: reason(f.Err)}, f.Err != nil
	}},
	{NotFile, func(_ *linter, f contentFile) (Finding, bool) { return Finding{}, !f.IsRegular() }},
	{FileUnsafe, func(_ *linter, f contentFile) (Finding, bool) {
		return Finding{Detail: owned(f.Entry)}, !f.RootOnly()
	}},
	{WayUnsafe, func(_ *linter, f contentFile) (Finding, bool) { return unsafeWay(f.Way) }},
	{RootMode, func(_ *linter, f contentFile) (Finding, bool) {
		return Finding{Detail: owned(f.Entry)}, !f.OwnerMay(4)
	}},
	{FileLarge, func(_ *linter, f contentFile) (Finding, bool) {
		return Finding{Detail: fmt.Sprintf("%d MiB", f.limit>>20)}, f.Stat.Size > f.limit
	}},
}

// contentFile is a file whose content counts, up to limit bytes.
type contentFile struct {
	tree.Entry
	limit int64
}
