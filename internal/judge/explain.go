package judge

import (
	"path"
	"slices"
	"strings"

	"gobind/internal/tree"
	"gobind/policy"
)

// Said is what a step said about the request.
type Said string

// What steps say.
const (
	NotThere   Said = "not-there"   // no such file: the next step was taken
	Silent     Said = "silent"      // nothing about the request: likewise
	Permits    Said = "permits"     // yes
	Denies     Said = "denies"      // no
	OneFamily  Said = "one-family"  // yes, for one of the two families that [::] takes
	Unsafe     Said = "unsafe"      // others than root could write it: no
	CannotRead Said = "cannot-read" // it cannot be examined: no
	Malformed  Said = "malformed"   // a line of it is no rule: no
)

// Explanation is a step in detail.
type Explanation struct {
	Step
	Said  Said
	Lines []Line // of a byuid or rules file: those that match, or nearly

	// Of a byport or byaddr file that is there.
	Entry   tree.Entry
	Decides tree.ACLEntry // which of the entry's permissions is about the subject
	Blocked string        // the directory that the subject may not search, if that is why

	// Twin is a file that is there and would say yes, were its name as it has to
	// be: with a "!" for ports from 512 on, and without below.
	Twin string
}

// Explain looks into what each step of j was about. Names of fs are those of the
// steps; this process may see less than the helper.
func Explain(fs *tree.FS, j Judgement) []Explanation {
	var all []Explanation
	open := families(j.Request)
	for _, s := range j.Steps {
		e := Explanation{Step: s, Said: said(s)}
		switch s.Kind {
		case Rules:
			open = e.explainRules(fs, open)
		case Access:
			e.explainAccess(fs, j.Request)
		case ByUID:
			e.explainByUID(fs, j.Request)
		case Tree:
		}
		all = append(all, e)
	}
	return all
}

// said is what the step says by itself.
func said(s Step) Said {
	switch {
	case s.Rules != nil && s.Rules.Fault != nil && s.Fault == policy.Fault{}:
		return Malformed
	case s.Absent():
		return NotThere
	case s.Fault.Unsafe:
		return Unsafe
	case s.Fault == policy.Fault{} && s.Kind == Access:
		return Permits
	case s.Fault.Errno == policy.EACCES && s.Kind == Access:
		return Denies
	case s.Fault != policy.Fault{}:
		return CannotRead
	default:
		return Silent
	}
}

// explainAccess finds which permission decides.
func (e *Explanation) explainAccess(fs *tree.FS, req policy.Request) {
	e.Entry = fs.Stat(e.File)
	if e.Said == NotThere {
		e.Twin = twin(fs, e.File, func(t tree.Entry) bool { return may(t, req.Subject) })
		return
	}
	e.Decides = decides(e.Entry, req.Subject)
	if e.Said == Denies && (e.Entry.Err != nil || may(e.Entry, req.Subject)) {
		e.Blocked = blocked(fs, e.File, req.Subject)
	}
}

// may reports whether the file itself lets the subject execute it.
func may(e tree.Entry, who policy.Subject) bool {
	if who.UID == 0 {
		return e.Err == nil && e.RootMay()
	}
	return e.Err == nil && e.May(who.UID, groups(who)...)
}

func groups(who policy.Subject) []uint32 { return append([]uint32{who.GID}, who.Groups...) }

// decides is the permission that is about the subject: a user's before a group's,
// and of groups one that permits.
func decides(e tree.Entry, who policy.Subject) tree.ACLEntry {
	var group *tree.ACLEntry
	for _, a := range e.Access() {
		switch a.Who {
		case tree.OwnerUser, tree.NamedUser:
			if a.ID == who.UID {
				return a
			}
		case tree.OwnerGroup, tree.NamedGroup:
			if slices.Contains(groups(who), a.ID) && (group == nil || a.Execute && !group.Execute) {
				group = &a
			}
		case tree.Others:
			if group == nil {
				return a
			}
		}
	}
	return *group
}

// blocked is the first directory on the way to a file that the subject may not
// search, "" if there is none. Root is searching without its capabilities, which
// the helper does not have.
func blocked(fs *tree.FS, file string, who policy.Subject) string {
	for _, dir := range fs.Way(path.Dir(file)) {
		if dir.Err == nil && dir.IsDir() && !dir.May(who.UID, groups(who)...) {
			return dir.Path
		}
	}
	return ""
}

// twin is the file of the same name with or without the mark, if it is there and
// says yes.
func twin(fs *tree.FS, file string, yes func(tree.Entry) bool) string {
	dir, name := path.Split(file)
	other, marked := strings.CutPrefix(name, "!")
	if !marked {
		other = "!" + name
	}
	if t := fs.ReadFile(dir+other, tree.MaxByUID); t.Err == nil && yes(t) {
		return dir + other
	}
	return ""
}
