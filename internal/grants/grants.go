package grants

import (
	"cmp"
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"gobind/internal/account"
	"gobind/internal/judge"
	"gobind/internal/tree"
	"gobind/policy"
)

// Kind is where an entry comes from.
type Kind string

// The kinds of entries.
const (
	Rules  Kind = "rules"
	Tree   Kind = "tree" // a policy directory as a whole
	ByPort Kind = "byport"
	ByAddr Kind = "byaddr"
	ByUID  Kind = "byuid"
)

// Because is why an entry denies that no rule is.
type Because string

// Why entries deny.
const (
	NobodyElse Because = "nobody-else" // a file of a tree is there, and its permissions have no more
	Unsafe     Because = "unsafe"      // others than root could write it
	CannotRead Because = "cannot-read" // it cannot be examined
	Malformed  Because = "malformed"   // a line of it is no rule
)

// Entry is a rule, or what a file of a tree comes to as a rule. That of an IPv4
// address is not about IPv4-mapped ones then.
type Entry struct {
	policy.Rule
	Kind    Kind
	Because Because
	Fault   error // of CannotRead and Malformed
	names   policy.Names
}

// All is policy as a whole.
type All struct {
	Entries []Entry  // the first that is about a request decides it
	Hidden  []string // files that this process may not read, and the helper may
	Unused  []string // files of trees with names that no request asks for
	Closed  []string // directories that not everybody may search: who may not is refused
}

// reader collects it.
type reader struct {
	fs       *tree.FS
	accounts account.Files
	survey   judge.Survey
	root     bool // this process is root
	All
}

// Read reads the policy in dirs, in the order in which they are asked.
func Read(fs *tree.FS, accounts account.Files, survey judge.Survey, dirs []string) All {
	r := &reader{fs: fs, accounts: accounts, survey: survey, root: unix.Geteuid() == 0}
	for _, file := range survey.Rules {
		r.rules(file)
	}
	for _, dir := range dirs {
		r.tree(dir)
	}
	return r.All
}

// everything is what a file is about that denies all that was not decided before.
var everything = policy.Rule{
	Protocols: []policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP},
	Where:     []policy.Where{{Ports: []policy.PortRange{{Min: 1, Max: 65535}}}},
}

// about is everything of somebody at some place.
func about(verdict policy.Verdict, who policy.Who, where []policy.Where, source policy.Source) policy.Rule {
	rule := everything
	rule.Verdict, rule.Who, rule.Source = verdict, who, source
	if where != nil {
		rule.Where = where
	}
	return rule
}

// rules adds the rules of a file, the last first.
func (r *reader) rules(file policy.RuleFile) {
	var fault policy.Fault
	var line *policy.RuleError
	e := Entry{Rule: about(policy.Deny, policy.Who{}, nil, policy.Source{File: file.File}), Kind: Rules, Fault: file.Fault}
	switch {
	case errors.As(file.Fault, &line):
		e.Because, e.Source = Malformed, policy.Source{File: file.File, Line: line.Source.Line}
		r.Entries = append(r.Entries, e)
	case errors.As(file.Fault, &fault):
		r.fault(e, fault)
	default:
		for _, rule := range slices.Backward(file.Rules) {
			rule.Source.File = file.File
			r.Entries = append(r.Entries, Entry{Rule: rule, Kind: Rules, names: file.Names})
		}
	}
}

// fault adds an entry that denies because of a fault.
func (r *reader) fault(e Entry, fault policy.Fault) {
	e.Because, e.Fault = CannotRead, fault
	if fault.Unsafe {
		e.Because = Unsafe
	} else if fault.Errno == policy.EACCES && !r.root {
		r.Hidden = append(r.Hidden, e.Source.File)
		return
	}
	r.Entries = append(r.Entries, e)
}

// tree adds what the files of a tree come to.
func (r *reader) tree(dir string) {
	if fault, bad := r.survey.Faults[dir]; bad {
		if fault != (policy.Fault{Errno: policy.ENOENT}) {
			r.fault(Entry{Rule: about(policy.Deny, policy.Who{}, nil, policy.Source{File: dir}), Kind: Tree}, fault)
		}
		return
	}
	t := r.fs.Read(dir)
	r.closed(t.Dir)
	for _, sub := range []struct {
		tree.Dir
		kind Kind
		add  func([]tree.Entry)
	}{{t.ByPort, ByPort, r.byPort}, {t.ByAddr, ByAddr, r.byAddr}, {t.ByUID, ByUID, r.byUID}} {
		name := dir + "/" + string(sub.kind)
		if fault, bad := r.faultIn(name, sub.Dir); bad {
			r.fault(Entry{Rule: about(policy.Deny, policy.Who{}, nil, policy.Source{File: name}), Kind: sub.kind}, fault)
			return
		}
		r.closed(sub.Entry)
		if errors.Is(sub.Hid, unix.EACCES) || errors.Is(sub.Err, unix.EACCES) {
			r.Hidden = append(r.Hidden, name)
		}
		sub.add(sub.Files)
	}
}

// faultIn is why nothing below a directory is found. The helper is root without its
// capabilities when it opens byuid files.
func (r *reader) faultIn(name string, dir tree.Dir) (policy.Fault, bool) {
	fault, bad := r.survey.Faults[name]
	if !bad && dir.Name == string(ByUID) && r.root && dir.Err == nil && !dir.OwnerMay(1) {
		return policy.Fault{Errno: policy.EACCES}, true
	}
	return fault, bad
}

// closed notes a directory that others may not search. That of byuid files the helper
// searches as root.
func (r *reader) closed(dir tree.Entry) {
	list := dir.Access()
	if dir.Err == nil && dir.IsDir() && dir.Name != string(ByUID) && !list[len(list)-1].Execute {
		r.Closed = append(r.Closed, dir.Path)
	}
}

// byPort adds what files of byport come to.
func (r *reader) byPort(files []tree.Entry) {
	ports := map[string]uint16{}
	files = r.used(files, func(name string) bool {
		port, ok := tree.ParsePort(name)
		ports[name] = port
		return ok
	})
	slices.SortStableFunc(files, func(a, b tree.Entry) int { return cmp.Compare(ports[a.Name], ports[b.Name]) })
	for _, f := range files {
		port := ports[f.Name]
		r.access(f, ByPort, policy.Where{Ports: []policy.PortRange{{Min: port, Max: port}}})
	}
}

// used are the files whose names some request asks for.
func (r *reader) used(files []tree.Entry, ok func(name string) bool) []tree.Entry {
	var list []tree.Entry
	for _, f := range files {
		if ok(f.Name) {
			list = append(list, f)
		} else {
			r.Unused = append(r.Unused, f.Path)
		}
	}
	return list
}

// Is reports whether the entry is about the subject.
func (e Entry) Is(who policy.Subject) bool {
	e.Where, e.Protocols = everything.Where, everything.Protocols
	return e.Matches(policy.Request{Subject: who, Protocol: policy.ProtocolTCP, Addr: anyAddr, Port: 1})
}

// Matches reports whether the entry is about the request, as it stands.
func (e Entry) Matches(req policy.Request) bool { return e.Rule.Matches(req, e.names) }

// At is the entry as far as it is about the port; false if it is not.
func (e Entry) At(port uint16) (Entry, bool) {
	e.Where = slices.DeleteFunc(slices.Clone(e.Where), func(w policy.Where) bool {
		return !slices.ContainsFunc(w.Ports, func(p policy.PortRange) bool { return p.Min <= port && port <= p.Max })
	})
	return e, len(e.Where) > 0
}
