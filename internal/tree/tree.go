package tree

import "path"

// Tree is a policy directory with all that is in it.
type Tree struct {
	Dir    Entry   // its Err is ENOENT if there is none
	Way    []Entry // to Dir, which is the last of them
	ByPort Dir
	ByAddr Dir
	ByUID  Dir // the files with content
	Rules  Dir // the files with content
	Others []Entry
}

// Dir is a directory of a tree.
type Dir struct {
	Entry
	Files []Entry // in order of their names
	Hid   error   // why its names could not be listed
}

// How large files may be that the helper reads, in bytes.
const (
	MaxByUID = 1 << 20
	MaxRules = 8 << 20
)

// Read reads the tree in dir, an absolute path.
func (f *FS) Read(dir string) Tree {
	t := Tree{Dir: f.Stat(dir), Way: f.Way(dir)}
	subs := map[string]struct {
		to    *Dir
		limit int64
	}{
		"byport": {&t.ByPort, -1}, "byaddr": {&t.ByAddr, -1},
		"byuid": {&t.ByUID, MaxByUID}, "rules.d": {&t.Rules, MaxRules},
	}
	for name, sub := range subs {
		*sub.to = f.dir(path.Join(dir, name), sub.limit)
	}
	if t.Dir.Err != nil || !t.Dir.IsDir() {
		return t
	}
	names, _ := f.readDir(dir)
	for _, name := range names {
		if _, known := subs[name]; !known {
			t.Others = append(t.Others, f.Lstat(path.Join(dir, name)))
		}
	}
	return t
}

// dir reads a directory; what its files hold too, up to limit, unless limit is
// negative.
func (f *FS) dir(name string, limit int64) Dir {
	d := Dir{Entry: f.Stat(name)}
	d.Way = f.link(name)
	if d.Err != nil || !d.IsDir() {
		return d
	}
	var names []string
	names, d.Hid = f.readDir(name)
	for _, leaf := range names {
		e := f.ReadFile(path.Join(name, leaf), limit)
		if limit >= 0 {
			e.Way = f.link(e.Path)
		}
		d.Files = append(d.Files, e)
	}
	return d
}

// link is the way to name if that is a link.
func (f *FS) link(name string) []Entry {
	if !f.Lstat(name).IsLink() {
		return nil
	}
	return f.Way(name)
}
