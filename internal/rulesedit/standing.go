package rulesedit

import (
	"iter"
	"slices"

	"gobind/policy"
)

// Files are files of rules, the last one first.
type Files []policy.RuleFile

// Before are the files up to the named one, which is the first of them if it is
// there.
func (f Files) Before(file string) Files {
	return slices.DeleteFunc(slices.Clone(f), func(r policy.RuleFile) bool { return r.File > file })
}

// After are the files after the named one.
func (f Files) After(file string) Files {
	return slices.DeleteFunc(slices.Clone(f), func(r policy.RuleFile) bool { return r.File <= file })
}

// said is what a rule says of a piece of another.
type said struct {
	file *policy.RuleFile
	rule *policy.Rule
	all  bool // of the piece and its subjects; else of a part
}

// about are the rules that say something of a piece, the one that decides first.
// The last one has no rule if a faulty file ends them.
func (f Files) about(p piece) iter.Seq[said] {
	return func(yield func(said) bool) {
		for i := range f {
			file := &f[i]
			if file.Fault != nil {
				yield(said{file: file})
				return
			}
			for j := range file.Rules {
				rule := &file.Rules[len(file.Rules)-1-j]
				if !isAboutSome(rule, p.rule.Who, file.Names) {
					continue
				}
				if s, ok := says(rule, p); ok && !yield(said{file, rule, s}) {
					return
				}
			}
		}
	}
}

// says reports whether the rule is about requests of the piece, and of all of them.
func says(rule *policy.Rule, p piece) (all, some bool) {
	for q := range pieces(rule) {
		all = all || q.covers(p) && isAboutAll(rule, p.rule.Who)
		some = some || q.meets(p)
	}
	return all, some
}

// Permit returns the rules that permit all that the rule would, if they do.
func (f Files) Permit(rule *policy.Rule) (by []policy.Source, ok bool) {
	for p := range pieces(rule) {
		found := false
		for s := range f.about(p) {
			if s.rule == nil || s.rule.Verdict == policy.Deny {
				break
			}
			if found = s.all; found {
				by = appendNew(by, s.rule.Source)
				break
			}
		}
		if !found {
			return nil, false
		}
	}
	return by, true
}

// Overruling is what files say against a rule before them.
type Overruling struct {
	By    []policy.Source // rules that deny something of it, to some it is for
	All   bool            // nothing of it is left
	Fault *policy.RuleFile
}

// Overrule returns what the files, which come after the rule, say against it.
func (f Files) Overrule(rule *policy.Rule) Overruling {
	o := Overruling{All: true}
	for p := range pieces(rule) {
		denied := false
		for s := range f.about(p) {
			if s.rule == nil {
				o.Fault = s.file
				return o
			}
			if s.rule.Verdict == policy.Deny {
				o.By = appendNew(o.By, s.rule.Source)
				denied = s.all
			}
			if s.all {
				break
			}
		}
		o.All = o.All && denied
	}
	return o
}

// Still is a rule that permits something.
type Still struct {
	Rule  policy.Rule
	Maybe bool // if the user is in the group
}

// StillPermit returns the rules that permit something of what the rule does, to
// whom it does.
func (f Files) StillPermit(rule *policy.Rule) (all []Still) {
	seen := map[policy.Source]bool{}
	for p := range pieces(rule) {
		for s := range f.about(p) {
			if s.rule == nil {
				break
			}
			theirs := isAboutAll(s.rule, rule.Who)
			maybe := rule.Who.Kind == policy.User && s.rule.Who.Kind == policy.Group
			if s.rule.Verdict == policy.Permit && (theirs || maybe) && !seen[s.rule.Source] {
				seen[s.rule.Source] = true
				all = append(all, Still{*s.rule, !theirs})
			}
			if s.all {
				break
			}
		}
	}
	return all
}

func appendNew(list []policy.Source, s policy.Source) []policy.Source {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
