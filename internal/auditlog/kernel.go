package auditlog

import "strings"

// KernelIdentifier is the tag of the records of gobindctl kernel watch.
const KernelIdentifier = "gobind-kernel"

// WatchUnit runs gobindctl kernel watch. Only root can start a process in it.
const WatchUnit = "gobind-kernel-watch.service"

// Kernel is what only the kernel's records have: the process, by the kernel's word.
type Kernel struct {
	PID     int    `json:"pid"`
	Program string `json:"program"`        // as it calls itself
	Lost    int    `json:"lost,omitempty"` // records before this one, that nobody read in time
}

// ParseKernel parses the text of a record of gobindctl kernel watch; not ok: it is
// none.
func ParseKernel(text string) (r Record, ok bool) {
	fields, ok := split(text)
	if !ok {
		return r, false
	}
	number := numbers{fields: fields}
	r = number.record()
	r.Kernel = &Kernel{PID: int(number.get("pid", 32)), Program: fields["program"], Lost: int(number.optional("lost", 63))}
	return r, r.Verdict != "" && !number.bad
}

// parseAs parses the text of a record with that tag.
func parseAs(identifier, text string) (Record, bool) {
	switch identifier {
	case Identifier:
		return Parse(text)
	case KernelIdentifier:
		return ParseKernel(text)
	default:
		return Record{}, false
	}
}

// kernelTrust is trust in a record of gobindctl kernel watch, which is the standard
// output of a service of root's. When a service begins, the journal may still note what
// was there before gobindctl was executed.
func (e entry) kernelTrust(ctl string) Trust {
	switch {
	case e.Transport != "stdout", e.UID != "0":
		return Forged
	case strings.TrimSuffix(string(e.Exe), " (deleted)") == ctl, e.Unit == WatchUnit:
		return Verified
	case e.Exe == "":
		return Unknown
	default:
		return Forged
	}
}
