package main

import (
	"cmp"
	"fmt"

	"gobind/internal/grants"
)

// Notes on the kernel backend, beside an answer of check.
const (
	noteKernelStale note = "kernel-policy-stale"
	noteKernelPart  note = "kernel-policy-cgroup"
	noteKernelTorn  note = "kernel-policy-torn"
)

var kernelNotes = map[note]string{
	noteKernelStale: "policy was changed after the kernel was told of it (gobindctl kernel), which goes by what was there before; as root, run: gobindctl kernel reload",
	noteKernelPart:  "the kernel goes by policy for the programs of one cgroup alone, which gobindctl kernel status names",
	noteKernelTorn:  "the kernel backend is attached to nothing; as root, run: gobindctl kernel enable",
}

func (n note) text() string { return cmp.Or(noteTexts[n], kernelNotes[n]) }

// byKernelWords say what the kernel makes of a request by itself, "" if that is nothing
// new.
func byKernelWords(a answer) string {
	switch {
	case a.ByKernel == kernelPermits && a.permitted():
		return "the kernel permits it by itself: the program needs no gobind"
	case a.ByKernel == kernelPermits:
		return "the kernel permits it all the same, by policy that was there before"
	case a.ByKernel == kernelLeaves && a.permitted():
		return "the kernel does not permit it by itself: the program needs gobind"
	case a.ByKernel == kernelUnknown:
		return "whether the kernel permits it by itself only root may ask"
	default:
		return ""
	}
}

// leftWords mark an entry of list that the kernel lacks.
const leftWords = "left to gobind"

// backend says below a list what the kernel does of it, each line with the prefix.
func (u *ui) backend(k *inKernel, prefix string) {
	if k == nil {
		return
	}
	say := func(format string, args ...any) { fmt.Fprintf(&u.out, prefix+format+"\n", args...) }
	switch {
	case k.torn:
		say("%s", kernelNotes[noteKernelTorn])
	case k.mark.Cgroup != "/":
		say("the kernel goes by policy (gobindctl kernel) for programs in the cgroup %s: they need no gobind", quote(k.mark.Cgroup))
	default:
		say("the kernel goes by policy (gobindctl kernel): programs need no gobind")
	}
	if k.changed != "" {
		say("%s was changed since: the kernel goes by what was there before; as root, run: gobindctl kernel reload", quote(k.changed))
	}
	for _, o := range k.omitted {
		say("left to gobind: %s: %s", quote(o.Source.String()), o.Why)
	}
}

// because is becauseWords, and whether the kernel lacks the entry.
func (k *inKernel) because(e grants.Entry) string {
	text := becauseWords(e)
	switch {
	case k == nil || k.has(e.Source):
		return text
	case text == "":
		return leftWords
	default:
		return text + "; " + leftWords
	}
}
