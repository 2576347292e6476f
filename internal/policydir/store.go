package policydir

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// maxByUID bounds a byuid file, in bytes.
const maxByUID = 1 << 20

// maxAge bounds, in nanoseconds, how old the view of a byuid file may be whose
// name the caller may not look up, and any decision when bind(2) runs.
const maxAge = 1_000_000_000

// Store is the caller's policy: the byuid files that were opened with
// privilege, and the directories, which are read afresh for each decision. It
// is for one goroutine.
type Store struct {
	uid    uint32
	opened int64           // when, by Now
	files  map[string]file // by path
	stale  bool
}

// file is what was found under a byuid file's name.
type file struct {
	fd       int // -1 if there is a fault
	dev, ino uint64
	fault    policy.Fault
}

// Open opens the byuid files of uid, the caller, with the privilege of the
// helper: they may be root's alone to read.
func Open(uid uint32) *Store {
	s := &Store{uid: uid, opened: Now(), files: map[string]file{}}
	name := strconv.FormatUint(uint64(uid), 10)
	for _, dir := range []string{ConfDir, AuthbindDir} {
		for _, leaf := range []string{name, "!" + name} {
			path := dir + "/byuid/" + leaf
			s.files[path] = openFile(path)
		}
	}
	return s
}

// Decide judges the request by the policy of this moment. It returns false if
// the caller's byuid files were replaced since Open: then only a helper that is
// started anew can read them.
func (s *Store) Decide(req policy.Request) (policy.Decision, bool) {
	conf, authbind := s.tree(ConfDir), s.tree(AuthbindDir)
	defer conf.close()
	defer authbind.close()
	decision := policy.Evaluate(req, nil, conf, authbind)
	return decision, !s.stale
}

func (s *Store) tree(dir string) *tree {
	return &tree{dir: dir, store: s, root: -1, subs: map[string]sub{}}
}

// openFile opens a byuid file in a directory of root's: for its status alone if it
// is no regular file, which may do something when it is opened.
func openFile(path string) file {
	fd, st, why := find(path)
	if why != (policy.Fault{}) {
		return file{fd: -1, fault: why}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFREG {
		readable, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		_ = unix.Close(fd)
		if err != nil { // whatever it is, it may pass
			return file{fd: -1, fault: policy.Fault{Errno: policy.EACCES}}
		}
		fd = readable
	}
	return file{fd: fd, dev: st.Dev, ino: st.Ino}
}

// find opens the file of a path for its status, as locate does, in a directory of
// root's.
func find(path string) (int, unix.Stat_t, policy.Fault) {
	end := strings.LastIndexByte(path, '/')
	dir, why := openDir(unix.AT_FDCWD, path[:end])
	if why != (policy.Fault{}) {
		return -1, unix.Stat_t{}, why
	}
	defer unix.Close(dir) //nolint:errcheck // an O_PATH descriptor
	return locate(dir, path[end+1:])
}

// read returns the content of a byuid file as it is now.
func (s *Store) read(path string) ([]byte, policy.Fault) {
	f := s.files[path]
	if s.replaced(path, f) {
		s.stale = true
		return nil, policy.Fault{Errno: policy.EACCES}
	}
	if f.fd < 0 {
		return nil, f.fault
	}
	return f.content()
}

// replaced reports whether path no longer leads to what was opened. Where the
// caller, or the helper before it was the caller, may not find out, age decides.
func (s *Store) replaced(path string, f file) bool {
	fd, st, why := find(path)
	_ = unix.Close(fd)
	switch {
	case why == f.fault && (why != (policy.Fault{}) || st.Dev == f.dev && st.Ino == f.ino):
		return false
	case why.Errno == policy.EACCES || f.fault.Errno == policy.EACCES:
		return Now()-s.opened > maxAge
	default:
		return true
	}
}

// quiet is how long, in milliseconds, a byuid file must have been left alone before
// what it holds counts. File times move in ticks of up to 10 ms, behind the clock, so that a file that
// was changed twice in one tick looks unchanged; and whoever rewrites a file in
// place leaves half of it there between two calls.
const quiet = 20

// content reads the file whole, in one version: it is read again if it was
// written to meanwhile or just before, and denied in the end.
func (f file) content() ([]byte, policy.Fault) {
	for range 5 {
		var before, after unix.Stat_t
		started := wallClock()
		if err := unix.Fstat(f.fd, &before); err != nil {
			return nil, fault(err)
		}
		if why := regular(&before); why != (policy.Fault{}) {
			return nil, why
		}
		content, err := readAll(f.fd, before.Size)
		if err != nil {
			return nil, fault(err)
		}
		if err := unix.Fstat(f.fd, &after); err != nil {
			return nil, fault(err)
		}
		age := started - before.Ctim.Nano() // negative: the clock was set back
		settled := age < 0 || age > quiet*1_000_000
		if settled && before.Mtim == after.Mtim && before.Ctim == after.Ctim && int64(len(content)) == after.Size {
			return content, policy.Fault{}
		}
		_, _ = unix.Poll(nil, quiet)
	}
	return nil, policy.Fault{Errno: policy.Errno(unix.EBUSY)}
}

// regular demands of an opened byuid file that it is a regular file of root's
// which nobody else may write to, and of bounded size: its content is a grant.
func regular(st *unix.Stat_t) policy.Fault {
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return policy.Fault{Errno: policy.Errno(unix.EISDIR)}
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return policy.Fault{Errno: policy.EACCES}
	case !rootOnly(st):
		return policy.Fault{Errno: policy.EACCES, Unsafe: true}
	case st.Size > maxByUID:
		return policy.Fault{Errno: policy.Errno(unix.EFBIG)}
	default:
		return policy.Fault{}
	}
}

// readAll reads size bytes from the start of the file, and one more if there is.
func readAll(fd int, size int64) ([]byte, error) {
	buf := make([]byte, size+1)
	n := 0
	for n < len(buf) {
		got, err := unix.Pread(fd, buf[n:], int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if got == 0 {
			break
		}
		n += got
	}
	return buf[:n], nil
}

// rootMayExecute reports whether a caller whose real user is root may execute
// the file, as the capability would let it that this process no longer has: any
// x bit, and every directory.
func (s *Store) rootMayExecute(dir int, name string) bool {
	var st unix.Stat_t
	if s.uid != 0 || unix.Fstatat(dir, name, &st, 0) != nil {
		return false
	}
	return st.Mode&unix.S_IFMT == unix.S_IFDIR || st.Mode&0o111 != 0
}

// Now is the time in nanoseconds since boot, sleep included.
func Now() int64 { return clock(unix.CLOCK_BOOTTIME) }

// wallClock is the time by which files are dated, in nanoseconds.
func wallClock() int64 { return clock(unix.CLOCK_REALTIME) }

func clock(id int32) int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 1<<63 - 1 // then everything is too old
	}
	return ts.Nano()
}

// TooOld reports whether a decision that was made at the time when, by Now, may
// no longer be acted on.
func TooOld(when int64) bool { return Now()-when > maxAge }
