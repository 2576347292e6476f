package judge

import (
	"errors"
	"slices"

	"gobind/policy"
)

// Kind is what a step looked at.
type Kind string

// The kinds of steps.
const (
	Rules  Kind = "rules"  // a file of rules
	Tree   Kind = "tree"   // a policy directory that is not there, or cannot be used
	Access Kind = "access" // a byport or byaddr file
	ByUID  Kind = "byuid"  // a byuid file
)

// Step is something that policy asked on its way to a decision.
type Step struct {
	Kind  Kind
	File  string
	Fault policy.Fault     // what went wrong; ENOENT: there is none
	Text  string           // what the byuid file holds
	Rules *policy.RuleFile // what the file of rules holds
}

// Absent reports whether there is no such file, so that the next step was taken.
func (s Step) Absent() bool { return s.Fault == policy.Fault{Errno: policy.ENOENT} }

// trail evaluates, and records each step.
type trail struct{ list []Step }

func (t *trail) evaluate(req policy.Request, rules policy.Rules, trees ...policy.Tree) policy.Decision {
	var recorded []policy.Tree
	for _, tree := range trees {
		recorded = append(recorded, recorder{tree, t})
	}
	return policy.Evaluate(req, t.rules(rules), recorded...)
}

// rules are the files, recorded as they are asked for.
func (t *trail) rules(files policy.Rules) policy.Rules {
	if files == nil {
		return nil
	}
	return func(yield func(policy.RuleFile) bool) {
		for file := range files {
			step := Step{Kind: Rules, File: file.File, Rules: &file}
			errors.As(file.Fault, &step.Fault)
			t.list = append(t.list, step)
			if !yield(file) {
				return
			}
		}
	}
}

// steps are those that led to the decision. After a refusal policy asks on, for
// what authbind would have answered: that is left out.
func (t *trail) steps(d policy.Decision) []Step {
	ofRules := func(s Step) bool { return s.Kind == Rules && s.File == d.Source.File }
	byRules := d.Reason != policy.ReasonDualStack && slices.ContainsFunc(t.list, ofRules)
	for i, s := range t.list {
		failed := s.Kind != Rules && s.Fault != policy.Fault{} && !s.Absent()
		decided := s.Kind != Rules && s.File == d.Source.File
		switch {
		case byRules && s.Kind != Rules:
			return t.list[:i]
		case failed || decided:
			return t.list[:i+1]
		}
	}
	return t.list
}

// recorder is a tree that records what it is asked and says.
type recorder struct {
	policy.Tree
	trail *trail
}

func (r recorder) add(s Step) { r.trail.list = append(r.trail.list, s) }

// Open records what keeps the tree from being used.
func (r recorder) Open() policy.Fault {
	fault := r.Tree.Open()
	if fault != (policy.Fault{}) {
		r.add(Step{Kind: Tree, File: r.Dir(), Fault: fault})
	}
	return fault
}

// Access implements [policy.Tree].
func (r recorder) Access(name string) policy.Fault {
	fault := r.Tree.Access(name)
	r.add(Step{Kind: Access, File: r.Dir() + "/" + name, Fault: fault})
	return fault
}

// ByUID implements [policy.Tree].
func (r recorder) ByUID(name string) ([]byte, policy.Fault) {
	text, fault := r.Tree.ByUID(name)
	r.add(Step{Kind: ByUID, File: r.Dir() + "/byuid/" + name, Fault: fault, Text: string(text)})
	return text, fault
}
