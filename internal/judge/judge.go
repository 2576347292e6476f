package judge

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/policydir"
	"gobind/internal/sys"
	"gobind/policy"
)

// ErrOthers is for those who ask about somebody else and are not root.
var ErrOthers = errors.New("only root may ask about others")

// ErrChanging is for policy that does not hold still.
var ErrChanging = errors.New("policy changes all the time")

// HiddenError says that the decision depends on a file that only root may read.
type HiddenError struct{ File string }

func (e *HiddenError) Error() string { return e.File + ": only root may read it" }

// Policy is where policy is, and how the helper reads it.
type Policy struct {
	Root string   // where the system is, if it is not this one; an image has it all below
	Dirs []string // in the order in which they are asked, absolute, below Root
	// Filecap says that the helper has a file capability and no setuid bit: it
	// reads what the subject may read.
	Filecap bool
}

// Judgement is a decision and how it came about.
type Judgement struct {
	Request  policy.Request
	Decision policy.Decision
	Steps    []Step
}

// maxTries bounds how often policy is read anew because it was replaced meanwhile.
const maxTries = 5

// Judge decides requests, all of one subject's. Whoever is not root must be the
// subject; then an error may be a *HiddenError.
func (p Policy) Judge(who policy.Subject, requests ...policy.Request) ([]Judgement, error) {
	for range maxTries {
		run := &run{policy: p, requests: requests}
		if err := run.as(who); err != nil {
			return nil, err
		}
		if run.current {
			return run.judged, p.hidden(run.judged)
		}
	}
	return nil, ErrChanging
}

// run is one reading of policy, and what it says of the requests.
type run struct {
	policy   Policy
	requests []policy.Request
	store    *policydir.Store
	judged   []Judgement
	current  bool
}

// as opens policy and decides, with the ids that the helper has at each.
func (r *run) as(who policy.Subject) error {
	open := func() { r.store = policydir.OpenIn(r.policy.Root, who.UID, r.policy.Dirs...) }
	decide := func() {
		defer r.store.Close()
		r.decide()
	}
	nothing := func() {}
	switch {
	case os.Geteuid() != 0 && who.UID != uint32(os.Getuid()):
		return ErrOthers
	case os.Geteuid() != 0:
		open()
		decide()
		return nil
	case r.policy.Filecap:
		return sys.Apart(sys.Credential(who), nothing, func() { open(); decide() })
	default:
		return sys.Apart(sys.Credential(who), open, decide)
	}
}

func (r *run) decide() {
	r.current = true
	for _, req := range r.requests {
		trail := &trail{}
		decision, current := r.store.DecideBy(trail.evaluate, req)
		r.current = r.current && current
		j := Judgement{req, decision, trail.steps(decision)}
		r.policy.shorten(&j)
		r.judged = append(r.judged, j)
	}
}

// below is the name of a file as it is below the root.
func (p Policy) below(file string) string { return strings.TrimPrefix(file, p.Root) }

// shorten makes the names of files what they are below the root.
func (p Policy) shorten(j *Judgement) {
	j.Decision.Source.File = p.below(j.Decision.Source.File)
	for i := range j.Steps {
		j.Steps[i].File = p.below(j.Steps[i].File)
		if rules := j.Steps[i].Rules; rules != nil {
			rules.File = j.Steps[i].File
		}
	}
}

// hidden is the error of a decision that was made because this process may not read
// what the helper reads.
func (p Policy) hidden(judged []Judgement) error {
	if os.Geteuid() == 0 || p.Filecap {
		return nil
	}
	for _, j := range judged {
		for _, s := range j.Steps {
			private := s.Kind == ByUID || s.Kind == Rules
			if private && !s.Fault.Unsafe && s.Fault.Errno == policy.Errno(unix.EACCES) {
				return &HiddenError{s.File}
			}
		}
	}
	return nil
}
