package policydir

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// maxAge bounds, in nanoseconds, how old the view of a byuid file may be whose
// name the caller may not look up, and any decision when bind(2) runs.
const maxAge = 1_000_000_000

// Store is the caller's policy: the rules and byuid files that were opened with
// privilege, and the directories, which are read afresh for each decision. It
// is for one goroutine.
type Store struct {
	uid    uint32
	dirs   []string
	opened int64           // when, by Now
	files  map[string]file // by path
	kept   map[string]file // directories that are open, by path
	asked  int             // decisions so far
	rules  ruleSet
	stale  bool
}

// file is what was found under the name of a rules or byuid file.
type file struct {
	fd       int // -1 if there is a fault
	dev, ino uint64
	fault    policy.Fault
	seen     int // of a directory: the decision in which it was looked at last
}

// is reports whether the status is that of the file, which is open: its inode is
// nobody else's.
func (f file) is(st *unix.Stat_t) bool { return st.Dev == f.dev && st.Ino == f.ino }

// Open opens the rules files and the byuid files of uid, the caller, with the
// privilege of the helper: they may be root's alone to read.
func Open(uid uint32) *Store { return OpenIn("", uid, ConfDir, AuthbindDir) }

// OpenIn is Open for the system below root, and for other directories: those of
// policy in the order in which they are asked, the first with the rules.
func OpenIn(root string, uid uint32, dirs ...string) *Store {
	s := &Store{uid: uid, opened: Now(), files: map[string]file{}, kept: map[string]file{}, rules: ruleSet{root: root}}
	name := strconv.FormatUint(uint64(uid), 10)
	for _, dir := range dirs {
		s.dirs = append(s.dirs, root+dir)
		for _, leaf := range []string{name, "!" + name} {
			path := root + dir + "/byuid/" + leaf
			s.files[path] = s.openFile(path)
		}
	}
	s.openRules(s.dirs[0])
	for _, path := range s.rules.paths {
		s.files[path] = s.openFile(path)
	}
	return s
}

// Close closes what Open opened. A helper has no need of it.
func (s *Store) Close() {
	_ = unix.Close(s.rules.dir.fd)
	for _, open := range []map[string]file{s.files, s.kept} {
		for _, f := range open {
			_ = unix.Close(f.fd)
		}
	}
}

// Evaluator is [policy.Evaluate], or what listens to it.
type Evaluator func(policy.Request, policy.Rules, ...policy.Tree) policy.Decision

// Decide judges the request by the policy of this moment. It returns false if
// files were replaced since Open: then only a helper that is
// started anew can read them.
func (s *Store) Decide(req policy.Request) (policy.Decision, bool) {
	return s.DecideBy(policy.Evaluate, req)
}

// DecideBy is Decide by an evaluator that may tell what policy was asked and said.
func (s *Store) DecideBy(evaluate Evaluator, req policy.Request) (policy.Decision, bool) {
	s.asked++
	var trees []policy.Tree
	for _, dir := range s.dirs {
		trees = append(trees, &tree{dir: dir, store: s, root: -1})
	}
	decision := evaluate(req, s.ruleFiles(req.Subject), trees...)
	return decision, !s.stale
}

// openFile opens a file in a directory of root's: for its status alone if it
// is no regular file, which may do something when it is opened.
func (s *Store) openFile(path string) file {
	fd, st, why := s.find(path, file{fd: -1})
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
// root's. One that is open already is not opened again: then the descriptor is -1, as
// it is where there is none.
func (s *Store) find(path string, f file) (fd int, st unix.Stat_t, why policy.Fault) {
	end := strings.LastIndexByte(path, '/')
	dir, why := s.directory(unix.AT_FDCWD, path[:end], path[:end])
	if why != (policy.Fault{}) {
		return -1, st, why
	}
	err := unix.Fstatat(dir, path[end+1:], &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.ENOENT || err == nil && f.fd >= 0 && f.is(&st) {
		return -1, st, fault(err)
	}
	return locate(dir, path[end+1:])
}

// current returns the file that was opened under the path, if the path leads to it
// still.
func (s *Store) current(path string) (file, policy.Fault) {
	f := s.files[path]
	if s.replaced(path, f) {
		s.stale = true
		return f, policy.Fault{Errno: policy.EACCES}
	}
	return f, f.fault
}

// replaced reports whether path no longer leads to what was opened. Where the
// caller, or the helper before it was the caller, may not find out, age decides.
func (s *Store) replaced(path string, f file) bool {
	fd, st, why := s.find(path, f)
	closeUnless(fd, -1)
	switch {
	case why == f.fault && (why != (policy.Fault{}) || f.is(&st)):
		return false
	case why.Unsafe:
		return true
	case why.Errno == policy.EACCES || f.fault.Errno == policy.EACCES:
		return Now()-s.opened > maxAge
	default:
		return true
	}
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
