package policydir

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// The policy directories, set at link time.
var (
	ConfDir     = "/etc/gobind"
	AuthbindDir = "/etc/authbind"
)

// tree is one policy directory, for one decision.
type tree struct {
	dir   string
	store *Store
	root  int // the store's descriptor of dir, -1 before Open
}

// Dir implements [policy.Tree].
func (t *tree) Dir() string { return t.dir }

// Open opens the directory, which must be root's alone to write: its names are
// grants.
func (t *tree) Open() (why policy.Fault) {
	t.root, why = t.store.directory(unix.AT_FDCWD, t.dir, t.dir)
	return why
}

// Access asks the kernel whether the caller may execute the file
// (faccessat(2) with X_OK: real ids, ACLs, noexec and all).
func (t *tree) Access(name string) policy.Fault {
	dir, file, _ := strings.Cut(name, "/")
	fd, why := t.store.directory(t.root, dir, t.dir+"/"+dir)
	if why != (policy.Fault{}) {
		return why
	}
	err := unix.Faccessat(fd, file, unix.X_OK, 0)
	if errors.Is(err, unix.EACCES) && t.store.rootMayExecute(fd, file) {
		return policy.Fault{}
	}
	return fault(err)
}

// ByUID returns the content of the caller's own file.
func (t *tree) ByUID(name string) ([]byte, policy.Fault) {
	f, why := t.store.current(t.dir + "/byuid/" + name)
	if why != (policy.Fault{}) {
		return nil, why
	}
	text, _, why := f.content(maxByUID)
	return []byte(text), why
}

// directory opens a directory below at for lookups, and demands that only root can
// write to it. The descriptor is the store's, kept under path as long as name is that
// directory, and it is root's alone: each decision looks once, and a link is gone through
// each time.
func (s *Store) directory(at int, name, path string) (int, policy.Fault) {
	var st unix.Stat_t
	kept, ok := s.kept[path]
	if ok && kept.seen == s.asked {
		return kept.fd, policy.Fault{}
	}
	if ok && unix.Fstatat(at, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && kept.is(&st) && rootOnly(&st) {
		kept.seen = s.asked
		s.kept[path] = kept
		return kept.fd, policy.Fault{}
	}
	if ok {
		_ = unix.Close(kept.fd)
		delete(s.kept, path)
	}
	fd, st, why := locate(at, name)
	switch {
	case why != (policy.Fault{}):
		return -1, why
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		why.Errno = policy.Errno(unix.ENOTDIR)
	case !rootOnly(&st):
		why = policy.Fault{Errno: policy.EACCES, Unsafe: true}
	default:
		s.kept[path] = file{fd: fd, dev: st.Dev, ino: st.Ino, seen: s.asked}
		return fd, why
	}
	_ = unix.Close(fd)
	return -1, why
}

// rootOnly reports whether the file is root's and nobody else may write to it.
func rootOnly(st *unix.Stat_t) bool { return st.Uid == 0 && st.Mode&0o022 == 0 }

// fault is the policy's view of an error of a system call.
func fault(err error) policy.Fault {
	var errno unix.Errno
	switch {
	case err == nil:
		return policy.Fault{}
	case errors.As(err, &errno):
		return policy.Fault{Errno: policy.Errno(errno)}
	default:
		return policy.Fault{Errno: policy.EACCES}
	}
}
