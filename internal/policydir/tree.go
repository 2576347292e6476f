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
	root  int            // O_PATH descriptor of dir, -1 before Open
	subs  map[string]sub // of its subdirectories, by name
}

// sub is an opened subdirectory.
type sub struct {
	fd    int
	fault policy.Fault
}

// Dir implements [policy.Tree].
func (t *tree) Dir() string { return t.dir }

// Open opens the directory, which must be root's alone to write: its names are
// grants. Opened again, it is looked at again.
func (t *tree) Open() policy.Fault {
	t.close()
	fd, fault := openDir(unix.AT_FDCWD, t.dir)
	t.root = fd
	return fault
}

// Access asks the kernel whether the caller may execute the file
// (faccessat(2) with X_OK: real ids, ACLs, noexec and all).
func (t *tree) Access(name string) policy.Fault {
	dir, file, _ := strings.Cut(name, "/")
	s := t.sub(dir)
	if s.fault != (policy.Fault{}) {
		return s.fault
	}
	err := unix.Faccessat(s.fd, file, unix.X_OK, 0)
	if errors.Is(err, unix.EACCES) && t.store.rootMayExecute(s.fd, file) {
		return policy.Fault{}
	}
	return fault(err)
}

// sub opens a subdirectory, once for a decision.
func (t *tree) sub(dir string) sub {
	s, ok := t.subs[dir]
	if !ok {
		s.fd, s.fault = openDir(t.root, dir)
		t.subs[dir] = s
	}
	return s
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

// close closes what the decision opened.
func (t *tree) close() {
	for _, s := range t.subs {
		_ = unix.Close(s.fd)
	}
	clear(t.subs)
	_ = unix.Close(t.root)
	t.root = -1
}

// openDir opens a directory below dir for lookups, and demands that only root can
// write to it.
func openDir(dir int, name string) (int, policy.Fault) {
	fd, st, why := locate(dir, name)
	switch {
	case why != (policy.Fault{}):
		return -1, why
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		why.Errno = policy.Errno(unix.ENOTDIR)
	case !rootOnly(&st):
		why = policy.Fault{Errno: policy.EACCES, Unsafe: true}
	default:
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
