package rulesedit

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks bounds the symbolic links on one way, as path_resolution(7) does.
const maxLinks = 40

// UnsafeError is about a file or directory that others than root could write to, or
// that is not what it has to be.
type UnsafeError struct {
	Path string
	Why  string
}

func (e *UnsafeError) Error() string { return e.Path + " " + e.Why }

// base is a directory below which names are looked up, and what to call it.
type base struct {
	fd   int
	name string
	// strict demands that every directory on the way is safe. Else only those
	// are that have symbolic links on it.
	strict bool
}

// open opens a path below the base that has no symbolic link in it.
func (b base) open(path string, flags uint64) (int, error) {
	fd, err := unix.Openat2(b.fd, path, &unix.OpenHow{
		Flags: flags | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: b.shown(path), Err: err}
	}
	return fd, nil
}

func (b base) shown(path string) string { return filepath.Join(b.name, path) }

// status is the status of a path, and where it leads if it is a symbolic link.
func (b base) status(path string) (st unix.Stat_t, target string, err error) {
	fd, err := b.open(path, unix.O_PATH)
	if err != nil {
		return st, "", err
	}
	defer unix.Close(fd) //nolint:errcheck // an O_PATH descriptor
	if err := unix.Fstat(fd, &st); err != nil {
		return st, "", &fs.PathError{Op: "stat", Path: b.shown(path), Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return st, "", nil
	}
	var text [unix.PathMax]byte
	n, err := unix.Readlinkat(fd, "", text[:])
	if err != nil {
		return st, "", &fs.PathError{Op: "readlink", Path: b.shown(path), Err: err}
	}
	return st, string(text[:n]), nil
}

// resolve is follow to a directory, which has to be safe if the base is strict.
func (b base) resolve(path string) (string, error) {
	resolved, err := b.follow(path)
	if err != nil {
		return "", err
	}
	return resolved, b.isDirectory(resolved)
}

// follow is the path below the base without the symbolic links that are in it. They
// are followed where root alone could have made them, and lead nowhere outside the
// base.
func (b base) follow(path string) (string, error) {
	resolved, rest := ".", strings.Split(path, "/")
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			resolved = filepath.Dir(resolved)
			continue
		}
		if err := b.passable(resolved); err != nil {
			return "", err
		}
		next := filepath.Join(resolved, name)
		st, target, err := b.status(next)
		switch {
		case err != nil:
			return "", err
		case st.Mode&unix.S_IFMT != unix.S_IFLNK:
			resolved = next
			continue
		case links == maxLinks:
			return "", &fs.PathError{Op: "open", Path: b.shown(path), Err: unix.ELOOP}
		}
		if err := b.mayLead(resolved, next, &st); err != nil {
			return "", err
		}
		links++
		rest = append(strings.Split(target, "/"), rest...)
		if filepath.IsAbs(target) {
			resolved = "."
		}
	}
	return resolved, nil
}

// passable demands, of a strict base, that nobody but root can change which
// directory a name in dir is, if it is root's.
func (b base) passable(dir string) error {
	st, _, err := b.status(dir)
	if err != nil || !b.strict || rootOnly(&st) || st.Uid == 0 && st.Mode&unix.S_ISVTX != 0 {
		return err
	}
	return unsafeOwner(b.shown(dir), &st)
}

// mayLead demands that a symbolic link in dir is root's to make.
func (b base) mayLead(dir, link string, st *unix.Stat_t) error {
	parent, _, err := b.status(dir)
	switch {
	case err != nil:
		return err
	case !rootOnly(&parent):
		return &UnsafeError{b.shown(link), "is a symbolic link where others than root can make one"}
	case st.Uid != 0:
		return &UnsafeError{b.shown(link), fmt.Sprintf("is a symbolic link that is not root's (uid %d)", st.Uid)}
	default:
		return nil
	}
}

// isDirectory demands that the end of the way is a directory, and of a strict base
// that root alone can write to it.
func (b base) isDirectory(path string) error {
	st, _, err := b.status(path)
	switch {
	case err != nil:
		return err
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return &fs.PathError{Op: "open", Path: b.shown(path), Err: unix.ENOTDIR}
	case b.strict && !rootOnly(&st):
		return unsafeOwner(b.shown(path), &st)
	default:
		return nil
	}
}

// rootOnly reports whether the file is root's and nobody else may write to it.
func rootOnly(st *unix.Stat_t) bool { return st.Uid == 0 && st.Mode&0o022 == 0 }

func unsafeOwner(path string, st *unix.Stat_t) error {
	return &UnsafeError{path, fmt.Sprintf("could be written by others than root (uid %d, mode %04o)", st.Uid, st.Mode&0o7777)}
}
