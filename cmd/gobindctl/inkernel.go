package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/inkernel"
	"gobind/internal/kernel"
	"gobind/internal/lint"
	"gobind/policy"
)

// inKernel is what the kernel goes by on this machine, beside what policy says.
type inKernel struct {
	mark    inkernel.Mark
	changed string // something of policy that was changed since it was loaded
	omitted []kernel.Omission
	ask     bool // this process may ask the tables
	torn    bool // they count for nothing
}

// inKernel looks at the kernel backend; nil: there is none, or the question is about
// other policy.
func (p *place) inKernel() (*inKernel, error) {
	mark, ok := inkernel.Read()
	if !ok || p.root != "" || !slices.Equal(p.dirs, mark.Policy) {
		return nil, nil //nolint:nilnil // there is none
	}
	compiled, err := p.compile()
	if err != nil {
		return nil, err
	}
	k := &inKernel{mark: mark, changed: mark.Changed(), omitted: visible(compiled)}
	status, err := kernel.Read(kernelPins)
	switch {
	case err == nil && status.Attached:
		k.ask = true
		if status.Current(compiled) {
			k.changed = "" // what was changed makes no difference
		}
	case !errors.Is(err, os.ErrPermission):
		k.torn = true
	}
	return k, nil
}

// visible are the omissions that are none because this user may not look.
func visible(c *kernel.Compiled) []kernel.Omission {
	return slices.DeleteFunc(c.Omitted, func(o kernel.Omission) bool { return o.Hidden && unix.Geteuid() != 0 })
}

// kernelAnswer is what the kernel makes of a request by itself.
type kernelAnswer string

const (
	kernelPermits kernelAnswer = "permit"
	kernelLeaves  kernelAnswer = "leave" // to gobind, or refuses
	kernelUnknown kernelAnswer = "unknown"
)

// answer asks the tables, or says what policy does where they have all of it.
func (k *inKernel) answer(a answer) (kernelAnswer, error) {
	permitted := a.permitted()
	switch {
	case k.torn:
		permitted = false
	case k.ask:
		var err error
		if permitted, err = kernel.Ask(kernelPins, a.Request); err != nil {
			return kernelUnknown, err
		}
	case a.Request.Protocol == policy.ProtocolSCTP:
		permitted = false
	case !k.mark.Whole || k.changed != "" || len(a.Request.Subject.Groups) > kernel.MaxGroups:
		return kernelUnknown, nil
	}
	if permitted {
		return kernelPermits, nil
	}
	return kernelLeaves, nil
}

// askKernel says of each request what the kernel makes of it, and what else there is to
// say.
func (p *place) askKernel(answers []answer) (notes []note, err error) {
	if answers[0].Kernel != 0 {
		return nil, nil
	}
	k, err := p.inKernel()
	if k == nil || err != nil {
		return nil, err
	}
	for i, a := range answers {
		if answers[i].ByKernel, err = k.answer(a); err != nil {
			return nil, err
		}
	}
	return k.notes(), nil
}

// notes are what there is to say of the backend as such.
func (k *inKernel) notes() []note {
	if k.torn {
		return []note{noteKernelTorn}
	}
	var notes []note
	if k.changed != "" {
		notes = append(notes, noteKernelStale)
	}
	if k.mark.Cgroup != "/" {
		notes = append(notes, noteKernelPart)
	}
	return notes
}

// has reports whether the kernel has what a file of policy says.
func (k *inKernel) has(source policy.Source) bool {
	return !slices.ContainsFunc(k.omitted, func(o kernel.Omission) bool {
		return source.File == o.Source.File && (o.Source.Line == 0 || source.Line == o.Source.Line) ||
			strings.HasPrefix(source.File, o.Source.File+"/")
	})
}

// jsonInKernel is what list and show --json say of the kernel backend.
type jsonInKernel struct {
	Whole   bool          `json:"whole"` // it has all of policy
	Torn    bool          `json:"torn,omitempty"`
	Changed string        `json:"changed,omitempty"` // since policy was loaded
	Cgroup  string        `json:"cgroup"`
	Omitted []jsonOmitted `json:"omitted"`
}

func (k *inKernel) json() *jsonInKernel {
	if k == nil {
		return nil
	}
	return &jsonInKernel{k.mark.Whole, k.torn, k.changed, k.mark.Cgroup, omitted(k.omitted)}
}

// lintKernel are the findings about what the kernel lacks. before: whether or not
// it goes by policy now.
func (p *place) lintKernel(before bool) ([]lint.Finding, error) {
	k, err := p.inKernel()
	if err != nil || k == nil && !before {
		return nil, err
	}
	if k == nil {
		compiled, err := p.compile()
		if err != nil {
			return nil, err
		}
		k = &inKernel{omitted: visible(compiled)}
	}
	var findings []lint.Finding
	if k.changed != "" {
		findings = append(findings, lint.Finding{Kind: lint.KernelStale, File: k.changed})
	}
	for _, o := range k.omitted {
		findings = append(findings, lint.Finding{Kind: lint.KernelLacks, File: o.Source.File, Line: o.Source.Line, Detail: o.Why})
	}
	return findings, nil
}
