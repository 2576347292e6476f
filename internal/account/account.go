package account

import (
	"slices"
	"strconv"
	"strings"

	"gobind/internal/tree"
	"gobind/policy"
)

// maxSize bounds each file, in bytes.
const maxSize = 8 << 20

// Files are the users and groups of one system.
type Files struct{ users, groups []line }

// line is what counts of a line of passwd(5) or group(5).
type line struct {
	name  string
	id    uint32
	third string // a user's primary group, or a group's members
}

// Read reads the files. One that cannot be read has nobody.
func Read(fs *tree.FS) Files {
	return Files{read(fs, "/etc/passwd"), read(fs, "/etc/group")}
}

func read(fs *tree.FS, name string) []line {
	var all []line
	for text := range strings.SplitSeq(string(fs.ReadFile(name, maxSize).Content), "\n") {
		text = strings.TrimLeft(text, " \t\v\f\r")
		fields := strings.SplitN(text, ":", 5)
		if len(fields) < 4 || fields[0] == "" || strings.ContainsAny(text[:1], "#+-") {
			continue
		}
		if id, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
			all = append(all, line{fields[0], uint32(id), fields[3]})
		}
	}
	return all
}

// Subject is the user of a name, or of a number, after a login. What is a number is
// no name, as in a rule. A number that has no name gets the group of the same number and no other. It returns false if there
// is no such user.
func (f Files) Subject(user string) (policy.Subject, bool) {
	id, err := strconv.ParseUint(user, 10, 32)
	i := slices.IndexFunc(f.users, func(u line) bool { return err != nil && u.name == user || err == nil && u.id == uint32(id) })
	switch {
	case i >= 0:
		return f.subject(f.users[i]), true
	case err == nil && uint32(id) != ^uint32(0): // which no process has
		return policy.Subject{UID: uint32(id), GID: uint32(id)}, true
	default:
		return policy.Subject{}, false
	}
}

func (f Files) subject(u line) policy.Subject {
	gid, err := strconv.ParseUint(u.third, 10, 32)
	if err != nil {
		gid = uint64(u.id)
	}
	who := policy.Subject{UID: u.id, GID: uint32(gid)}
	for _, g := range f.groups {
		if slices.Contains(strings.Split(g.third, ","), u.name) && !slices.Contains(who.Groups, g.id) {
			who.Groups = append(who.Groups, g.id)
		}
	}
	return who
}

// Group is the number of a group by its name or number.
func (f Files) Group(group string) (uint32, bool) {
	for _, g := range f.groups {
		if g.name == group {
			return g.id, true
		}
	}
	id, err := strconv.ParseUint(group, 10, 32)
	return uint32(id), err == nil
}

// UserName is the name of a user, or the number.
func (f Files) UserName(uid uint32) string { return name(f.users, uid) }

// GroupName is the name of a group, or the number.
func (f Files) GroupName(gid uint32) string { return name(f.groups, gid) }

func name(list []line, id uint32) string {
	for _, l := range list {
		if l.id == id {
			return l.name
		}
	}
	return strconv.FormatUint(uint64(id), 10)
}
