package judge

import (
	"os"

	"gobind/internal/policydir"
	"gobind/internal/sys"
	"gobind/internal/tree"
	"gobind/policy"
)

// Survey is what the helper would read of policy that is not about one subject
// alone.
type Survey struct {
	Rules []policy.RuleFile // the last file first, each with all its rules
	// Faults are what keeps policy directories, and those below them, from being
	// used. Names are those below the root.
	Faults map[string]policy.Fault
}

// Survey reads it, as the helper would for root. Others may read less: a file that
// they may not read has EACCES as its fault.
func (p Policy) Survey(fs *tree.FS) (Survey, error) {
	s := Survey{Faults: map[string]policy.Fault{}}
	var store *policydir.Store
	open := func() { store = policydir.OpenIn(p.Root, uint32(os.Getuid()), p.Dirs...) }
	look := func() {
		defer store.Close()
		store.DecideBy(func(_ policy.Request, rules policy.Rules, trees ...policy.Tree) policy.Decision {
			s.read(p, rules, trees)
			return policy.Decision{}
		}, policy.Request{})
	}
	if os.Geteuid() != 0 {
		open()
		look()
	} else if err := sys.Apart(sys.Credential{}, open, look); err != nil {
		return s, err
	}
	for i, file := range s.Rules {
		if file.Fault == nil {
			s.Rules[i].Rules = allRules(fs, file)
		}
	}
	return s, nil
}

func (s *Survey) read(p Policy, rules policy.Rules, trees []policy.Tree) {
	if rules != nil {
		for file := range rules {
			file.File = p.below(file.File)
			s.Rules = append(s.Rules, file)
		}
	}
	for _, t := range trees {
		dir := p.below(t.Dir())
		s.note(dir, t.Open())
		for _, sub := range []string{"byport", "byaddr", "byuid"} {
			if fault := t.Access(sub + "/none"); fault.Unsafe { // no request asks for that name
				s.note(dir+"/"+sub, fault)
			}
		}
	}
}

func (s *Survey) note(dir string, fault policy.Fault) {
	if fault != (policy.Fault{}) {
		s.Faults[dir] = fault
	}
}
