package tree

import "golang.org/x/sys/unix"

// Entry is a file or directory as it was found.
type Entry struct {
	Name    string // the last part of Path
	Path    string // as seen from the root of the system that was looked at
	Err     error  // why it could not be looked at; a system call's error
	Stat    unix.Stat_t
	ACL     []ACLEntry // users and groups beyond the mode, by access control list
	NoExec  bool       // on a file system mounted noexec
	Content []byte     // of regular files that were read
	Way     []Entry    // if it is a link in a tree: see FS.Way
}

// IsDir reports whether it is a directory.
func (e Entry) IsDir() bool { return e.Stat.Mode&unix.S_IFMT == unix.S_IFDIR }

// IsRegular reports whether it is a regular file.
func (e Entry) IsRegular() bool { return e.Stat.Mode&unix.S_IFMT == unix.S_IFREG }

// IsLink reports whether it is a symbolic link.
func (e Entry) IsLink() bool { return e.Stat.Mode&unix.S_IFMT == unix.S_IFLNK }

// RootOnly reports whether the file is root's and nobody else may write to it.
func (e Entry) RootOnly() bool { return e.Stat.Uid == 0 && (e.IsLink() || e.Stat.Mode&0o022 == 0) }

// OwnerMay reports whether the mode lets the file's owner do what the bits say, as
// 4 is to read. Root needs it as everybody else does once its capabilities are shed.
func (e Entry) OwnerMay(bits uint32) bool { return e.Stat.Mode>>6&bits == bits }

// Unsafe returns the first on the way that others than root could change. In a
// sticky directory they can change only what is theirs.
func Unsafe(way []Entry) (Entry, bool) {
	for _, e := range way {
		if e.Err == nil && !e.RootOnly() && (!e.IsDir() || e.Stat.Uid != 0 || e.Stat.Mode&unix.S_ISVTX == 0) {
			return e, true
		}
	}
	return Entry{}, false
}

// Who is whom an entry of an access control list is about.
type Who uint8

// Kinds of Who.
const (
	OwnerUser  Who = iota // the file's user
	OwnerGroup            // the file's group
	NamedUser             // another user
	NamedGroup            // another group
	Others
)

// ACLEntry says whether a user or a group may execute a file.
type ACLEntry struct {
	Who     Who
	ID      uint32
	Execute bool
}

// Access is who may execute the file, or search the directory: first its user,
// then named users, its group, named groups, and others last. A subject gets what
// the first user entry says; else it may if any entry of its groups says so, and
// may not if it is in one of these groups; others get what the last entry says.
// On a file system mounted noexec nobody may execute a file. An access control list
// whose mask leaves nothing at all the kernel does not ask.
func (e Entry) Access() []ACLEntry {
	x := func(bit uint32) bool { return e.Stat.Mode&bit != 0 && (e.IsDir() || !e.NoExec) }
	group := x(0o010)
	var users, groups []ACLEntry
	acl := e.ACL
	if e.Stat.Mode&0o070 == 0 {
		acl = nil
	}
	for _, a := range acl {
		switch a.Who {
		case OwnerGroup:
			group = group && a.Execute // the mode is the mask
		case NamedUser:
			users = append(users, ACLEntry{NamedUser, a.ID, a.Execute && x(0o010)})
		case NamedGroup:
			groups = append(groups, ACLEntry{NamedGroup, a.ID, a.Execute && x(0o010)})
		default:
		}
	}
	all := append([]ACLEntry{{OwnerUser, e.Stat.Uid, x(0o100)}}, users...)
	all = append(all, ACLEntry{OwnerGroup, e.Stat.Gid, group})
	all = append(all, groups...)
	return append(all, ACLEntry{Who: Others, Execute: x(0o001)})
}

// RootMay reports whether a process whose real user is root may execute the file:
// by any x bit, or because it is a directory.
func (e Entry) RootMay() bool { return e.IsDir() || e.Stat.Mode&0o111 != 0 }

// May is access(2) with X_OK of an ordinary user.
func (e Entry) May(uid uint32, gids ...uint32) bool {
	inGroup, allowed := false, false
	for _, a := range e.Access() {
		switch a.Who {
		case OwnerUser, NamedUser:
			if a.ID == uid {
				return a.Execute
			}
		case OwnerGroup, NamedGroup:
			for _, gid := range gids {
				inGroup = inGroup || gid == a.ID
				allowed = allowed || gid == a.ID && a.Execute
			}
		case Others:
			if !inGroup {
				return a.Execute
			}
		}
	}
	return allowed
}
