package lint

import (
	"path"
	"slices"
	"strings"

	"gobind/internal/tree"
	"gobind/policy"
)

// linter collects findings.
type linter struct {
	names    policy.Names
	earlier  []tree.Tree // which are asked before the one that is looked at
	findings []Finding
}

func (l *linter) add(f Finding) { l.findings = append(l.findings, f) }

// check looks at one thing. It returns false if there is nothing to find.
type check[T any] struct {
	kind Kind
	find func(l *linter, x T) (Finding, bool)
}

// first makes the checks in order, up to the first that finds something.
func first[T any](l *linter, file string, checks []check[T], x T) (found bool) {
	for _, c := range checks {
		if f, ok := c.find(l, x); ok {
			l.report(c.kind, file, f)
			return true
		}
	}
	return false
}

// every makes all checks.
func every[T any](l *linter, file string, checks []check[T], x T) {
	for _, c := range checks {
		if f, ok := c.find(l, x); ok {
			l.report(c.kind, file, f)
		}
	}
}

func (l *linter) report(kind Kind, file string, f Finding) {
	f.Kind = kind
	if f.File == "" {
		f.File = file
	}
	l.add(f)
}

// Trees are the findings of policy trees, in the order in which they are asked. The
// first has rules too.
func Trees(trees []tree.Tree, names policy.Names) []Finding {
	l := &linter{names: names}
	for i, t := range trees {
		l.tree(t, i == 0)
		l.earlier = append(l.earlier, t)
	}
	if len(trees) > 0 {
		l.rules(rulesFiles(trees[0].Rules.Files))
	}
	Sort(l.findings)
	return l.findings
}

// File are the findings of one file, taken for what the name of its directory
// says: byport, byaddr or byuid; else it is a file of rules. Whose a draft is does
// not matter.
func File(file tree.Entry, draft bool, names policy.Names) []Finding {
	l := &linter{names: names}
	if draft {
		file.Stat.Uid, file.Stat.Mode = 0, file.Stat.Mode&^0o022
	}
	d := tree.Dir{Files: []tree.Entry{file}}
	switch path.Base(path.Dir(file.Path)) {
	case "byport":
		l.byPort(d)
	case "byaddr":
		l.byAddr(d, nil)
	case "byuid":
		l.byUID(d, nil)
	case "rules.d":
		l.rulesFile(file)
		l.rules(d.Files)
	default:
		first(l, file.Path, contentChecks, contentFile{file, tree.MaxRules})
		l.rules(d.Files)
	}
	Sort(l.findings)
	return l.findings
}

// tree looks at the directories of a policy tree, and at what is in them.
func (l *linter) tree(t tree.Tree, hasRules bool) {
	if tree.Absent(t.Dir.Err) || first(l, t.Dir.Path, wayChecks, t) {
		return
	}
	for _, d := range []tree.Dir{{Entry: t.Dir}, t.ByPort, t.ByAddr, t.ByUID} {
		l.dir(d)
	}
	l.byPort(t.ByPort)
	l.byAddr(t.ByAddr, &t)
	l.byUID(t.ByUID, &t)
	others := t.Others
	if hasRules {
		l.dir(t.Rules)
		for _, e := range t.Rules.Files {
			l.rulesFile(e)
		}
	} else if t.Rules.Err == nil {
		others = append(slices.Clip(others), t.Rules.Entry)
	}
	for _, e := range others {
		if !aside(e.Name) {
			l.report(Stranger, e.Path, Finding{})
		}
	}
}

// aside reports whether a name says that nothing is meant to read the file.
func aside(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "README") || strings.HasSuffix(name, ".example")
}
