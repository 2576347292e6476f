package doctor

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/inkernel"
)

// States of the kernel backend.
const (
	BackendWhole State = "kernel-policy"
	BackendPart  State = "kernel-policy-part"
	BackendStale State = "kernel-policy-stale"
)

// backend says whether the kernel goes by policy, and whether by that of now. Where
// it does not, there is nothing to say.
func backend(dirs []string) []Finding {
	mark, ok := inkernel.Read()
	if !ok {
		return nil
	}
	f := Finding{Check: "kernel-policy", State: BackendPart}
	if mark.Whole {
		f.State = BackendWhole
	}
	if name := changed(dirs, mark.Loaded); name != "" {
		f.State, f.Level, f.Subject = BackendStale, Warning, name
	}
	return []Finding{f}
}

// changed is something of policy that was changed after the time, "" if this user sees
// nothing of the kind.
func changed(dirs []string, since time.Time) string {
	names := []string{"/etc/passwd", "/etc/group"}
	for _, dir := range dirs {
		names = append(names, dir)
		for _, sub := range []string{"byport", "byaddr", "byuid", "rules.d"} {
			sub = filepath.Join(dir, sub)
			names = append(names, sub)
			entries, _ := os.ReadDir(sub) // what this user may not list is not looked at
			for _, e := range entries {
				names = append(names, filepath.Join(sub, e.Name()))
			}
		}
	}
	for _, name := range names {
		var st unix.Stat_t
		if unix.Lstat(name, &st) == nil && time.Unix(st.Ctim.Unix()).After(since) {
			return name
		}
	}
	return ""
}
