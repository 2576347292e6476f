package doctor

import "gobind/internal/inkernel"

// States of the kernel backend.
const (
	BackendWhole State = "kernel-policy"
	BackendPart  State = "kernel-policy-part"
	BackendStale State = "kernel-policy-stale"
)

// backend says whether the kernel goes by policy, and whether by that of now. Where
// it does not, there is nothing to say.
func backend() []Finding {
	mark, ok := inkernel.Read()
	if !ok {
		return nil
	}
	f := Finding{Check: "kernel-policy", State: BackendPart}
	if mark.Whole {
		f.State = BackendWhole
	}
	if name := mark.Changed(); name != "" {
		f.State, f.Level, f.Subject = BackendStale, Warning, name
	}
	return []Finding{f}
}
