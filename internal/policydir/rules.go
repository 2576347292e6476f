package policydir

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/names"
	"gobind/policy"
)

// ruleSet is the rules files, as their directory was listed with privilege.
type ruleSet struct {
	root   string // where the system is whose names count
	path   string // of the directory
	dir    file
	listed version         // of the directory
	fault  policy.RuleFile // why it is not, if its Fault is not nil
	paths  []string        // of the files, in order
	names  *names.Files
	named  [3]version        // of the files that names reads
	parsed map[string]parsed // by path
}

// parsed is the rules of one version of a file that are about the caller.
type parsed struct {
	version version
	rules   []policy.Rule
	fault   error
}

// openRules lists the directory in conf, which must be root's alone to write.
func (s *Store) openRules(conf string) {
	r := &s.rules
	r.path = conf + "/rules.d"
	fd, st, why := s.find(r.path, file{fd: -1})
	r.dir = file{fd: fd, dev: st.Dev, ino: st.Ino, fault: why}
	if fd < 0 {
		if why != (policy.Fault{Errno: policy.ENOENT}) {
			r.fault = policy.RuleFile{File: conf, Fault: why}
		}
		return
	}
	r.listed, why = settled(fd, func(st *unix.Stat_t) (int64, policy.Fault) {
		if !rootOnly(st) {
			return 0, policy.Fault{Errno: policy.EACCES, Unsafe: true}
		}
		entries, err := os.ReadDir("/proc/self/fd/" + strconv.Itoa(fd))
		r.paths = nil
		for _, entry := range entries {
			if name := entry.Name(); strings.HasSuffix(name, ".rules") && name[0] != '.' {
				r.paths = append(r.paths, r.path+"/"+name)
			}
		}
		return st.Size, fault(err)
	})
	if why != (policy.Fault{}) {
		r.fault = policy.RuleFile{File: r.path, Fault: why}
	}
}

// ruleFiles yields the rules files as they are now, with the rules that are about
// the subject. It ends where the files are others than those that were opened.
func (s *Store) ruleFiles(who policy.Subject) policy.Rules {
	return func(yield func(policy.RuleFile) bool) {
		r := &s.rules
		var now unix.Stat_t
		if s.replaced(r.path, r.dir) || r.dir.fd >= 0 && (unix.Fstat(r.dir.fd, &now) != nil || versionOf(&now) != r.listed) {
			s.stale = true
			return
		}
		if r.fault.Fault != nil {
			yield(r.fault)
			return
		}
		if len(r.paths) > 0 {
			r.refresh()
		}
		for _, path := range slices.Backward(r.paths) {
			if !yield(s.ruleFile(path, who)) {
				return
			}
		}
	}
}

// refresh forgets what was parsed with names that are out of date.
func (r *ruleSet) refresh() {
	var now [3]version
	for i, path := range []string{"/etc/passwd", "/etc/group", "/etc/services"} {
		var st unix.Stat_t
		if unix.Stat(r.root+path, &st) == nil {
			now[i] = versionOf(&st)
		}
	}
	if r.names == nil || now != r.named {
		r.named, r.names, r.parsed = now, names.Of(r.root+"/"), map[string]parsed{}
	}
}

// ruleFile is one file, read and parsed if it is not the version that was.
func (s *Store) ruleFile(path string, who policy.Subject) policy.RuleFile {
	result := policy.RuleFile{File: path, Names: s.rules.names}
	f, why := s.current(path)
	if why != (policy.Fault{}) {
		result.Fault = why
		return result
	}
	var st unix.Stat_t
	known, ok := s.rules.parsed[path]
	if err := unix.Fstat(f.fd, &st); err != nil || !ok || known.version != versionOf(&st) {
		text, version, why := f.content(maxRules)
		if why != (policy.Fault{}) {
			result.Fault = why
			return result
		}
		rules, err := policy.ParseRulesFor(who, path, text, s.rules.names)
		known = parsed{version, rules, err}
		s.rules.parsed[path] = known
	}
	result.Rules, result.Fault = known.rules, known.fault
	return result
}
