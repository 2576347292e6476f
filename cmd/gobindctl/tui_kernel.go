package main

import (
	"errors"
	"fmt"

	"gobind/internal/kernel"
)

// kernelLoaded tells of policy that was loaded.
func (u *ui) kernelLoaded(k jsonKernel) {
	fmt.Fprintf(&u.out, "the kernel goes by policy: %s\n", plural(k.Clauses, "clause"))
	u.kernelOmitted(k)
}

func (u *ui) kernelDisabled() { u.out.WriteString("the kernel does not go by policy any more\n") }

func (u *ui) kernelProbed(p jsonProbe) {
	if p.Works {
		u.out.WriteString("this kernel can go by policy\n")
		return
	}
	fmt.Fprintf(&u.out, "this kernel cannot go by policy: %s\n", p.Why)
}

// kernelStatus tells what there is.
func (u *ui) kernelStatus(k jsonKernel) {
	switch {
	case k.Torn:
		u.out.WriteString("the kernel backend is attached to nothing: its cgroup is gone\n")
		u.out.WriteString("as root, run: gobindctl kernel enable\n")
		return
	case !k.Enabled:
		u.out.WriteString("the kernel backend is not enabled\n")
		return
	}
	where := "every program"
	if !k.Everything {
		where = "programs in " + quote(k.Cgroup)
		if k.Cgroup == "" {
			where = "programs in a cgroup that is not to be seen from here"
		}
	}
	namespace := "the first network namespace"
	if k.Netns != 0 {
		namespace = fmt.Sprintf("the network namespace with cookie %d", k.Netns)
	}
	fmt.Fprintf(&u.out, "the kernel goes by policy for %s in %s\n", where, namespace)
	fmt.Fprintf(&u.out, "loaded: %s, %s in %s, for ports below %d\n", k.Loaded, plural(k.Clauses, "clause"), plural(k.Entries, "entry"), k.Limit)
	if !k.Current {
		u.out.WriteString("policy has changed since\nas root, run: gobindctl kernel reload\n")
	}
	u.kernelOmitted(k)
}

// kernelOmitted tells what is left to gobind.
func (u *ui) kernelOmitted(k jsonKernel) {
	for _, o := range k.Omitted {
		fmt.Fprintf(&u.out, "left to gobind: %s: %s\n", quote(o.Source), o.Why)
	}
}

func plural(n int, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case word == "entry":
		return fmt.Sprintf("%d entries", n)
	default:
		return fmt.Sprintf("%d %ss", n, word)
	}
}

// kernelHint is the cure for an error of the kernel backend, "" if none is known.
func kernelHint(err error) string {
	switch {
	case errors.Is(err, kernel.ErrEnabled):
		return "gobindctl kernel disable ends it, and gobindctl kernel reload reads policy again"
	case errors.Is(err, kernel.ErrDisabled):
		return "as root, run: gobindctl kernel enable"
	case errors.Is(err, kernel.ErrWatched):
		return "gobind-kernel-watch.service may, and gobindctl log has what it saw"
	case errors.Is(err, kernel.ErrForeign):
		return "as root, look at who has made it, and remove it"
	case errors.Is(err, kernel.ErrTorn):
		return "as root, run: gobindctl kernel enable"
	case errors.Is(err, kernel.ErrNoCgroup2):
		return "as root, run: mount -t cgroup2 cgroup2 /sys/fs/cgroup"
	default:
		return ""
	}
}
