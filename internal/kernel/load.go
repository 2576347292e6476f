package kernel

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/tree"
	"gobind/policy"
)

// Load reads the whole policy of a system: the rules below the first of the
// directories, which are those of the trees, in the order in which they are asked.
// Policy that cannot be believed is in the result as such: it denies.
func Load(fs *tree.FS, names policy.Names, dirs ...string) Policy {
	p := Policy{Trees: dirs, FS: fs}
	if len(dirs) > 0 {
		p.Rules = loadRules(fs, names, path.Join(dirs[0], "rules.d"))
	}
	for _, ids := range []struct {
		file string
		has  func(uint32) bool
		list *[]uint32
	}{{"/etc/passwd", names.HasUser, &p.UIDs}, {"/etc/group", names.HasGroup, &p.GIDs}} {
		*ids.list = loadIDs(fs.ReadFile(ids.file, tree.MaxRules).Content, ids.has)
	}
	return p
}

// loadIDs are the ids in a file like /etc/passwd that have a name.
func loadIDs(content []byte, named func(uint32) bool) []uint32 {
	var list []uint32
	for line := range strings.SplitSeq(string(content), "\n") {
		fields := strings.Split(line, ":")
		if len(fields) < 3 {
			continue
		}
		if id, err := strconv.ParseUint(fields[2], 10, 32); err == nil && named(uint32(id)) {
			list = append(list, uint32(id))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// loadRules reads the files of rules in dir, the first one first.
func loadRules(fs *tree.FS, names policy.Names, dir string) []policy.RuleFile {
	all := fs.Read(path.Dir(dir))
	faulty := []policy.RuleFile{{File: dir, Fault: policy.Fault{Errno: policy.EACCES, Unsafe: true}}}
	switch {
	case tree.Absent(all.Dir.Err) || tree.Absent(all.Rules.Err):
		return nil
	case all.Rules.Err != nil || !all.Rules.IsDir() || !all.Rules.RootOnly() || all.Rules.Hid != nil:
		return faulty
	case all.Dir.Err != nil || !all.Dir.RootOnly() || fs.Lstat(dir).IsLink():
		return faulty
	}
	var files []policy.RuleFile
	for _, e := range all.Rules.Files {
		if tree.IsRules(e.Name) {
			files = append(files, loadFile(fs, names, e))
		}
	}
	return files
}

// loadFile parses a file of rules, if it can be believed.
func loadFile(fs *tree.FS, names policy.Names, e tree.Entry) policy.RuleFile {
	file := policy.RuleFile{File: e.Path, Names: names}
	switch {
	case e.Err != nil || !e.IsRegular() || fs.Lstat(e.Path).IsLink():
		file.Fault = policy.Fault{Errno: policy.EACCES}
	case !e.RootOnly():
		file.Fault = policy.Fault{Errno: policy.EACCES, Unsafe: true}
	case e.Stat.Size > tree.MaxRules || int64(len(e.Content)) != e.Stat.Size:
		file.Fault = policy.Fault{Errno: policy.Errno(unix.EFBIG)}
	default:
		file.Rules, file.Fault = policy.ParseRules(e.Path, e.Content, names)
	}
	return file
}
