package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/internal/tree"
)

// States of policy directories and files.
const (
	PolicyOK         State = "policy-ok"
	PolicyNone       State = "policy-none"
	PolicyUnsafeDir  State = "policy-unsafe-dir"
	PolicyUnsafeFile State = "policy-unsafe-file"
	PolicyNotFile    State = "policy-not-file"
	PolicyTooLarge   State = "policy-too-large"
	PolicyHidden     State = "policy-hidden"
)

// limits are the helper's bounds of the files whose content counts, in bytes, by
// their directory.
var limits = map[string]int64{"byuid": tree.MaxByUID, "rules.d": tree.MaxRules}

// policyDir looks at a policy directory as the helper does: what is unsafe in it
// is a refusal, not a grant.
func policyDir(root, dir string) []Finding {
	whole := Finding{Check: "policy", State: PolicyOK, Subject: dir}
	bad, err := unsafeDir(root, dir)
	if os.IsNotExist(err) {
		whole.State = PolicyNone
		return []Finding{whole}
	}
	var all []Finding
	all = append(all, bad...)
	for _, sub := range []string{"byport", "byaddr", "byuid", "rules.d"} {
		bad, err := unsafeDir(root, filepath.Join(dir, sub))
		all = append(all, bad...)
		if limit := limits[sub]; err == nil && limit > 0 {
			all = append(all, unsafeFiles(root, filepath.Join(dir, sub), limit)...)
		}
	}
	if len(all) == 0 {
		return []Finding{whole}
	}
	return all
}

// unsafeDir says what makes the helper refuse everything below a directory. The
// error is that of looking at it.
func unsafeDir(root, dir string) ([]Finding, error) {
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(root, dir), &st); err != nil {
		if os.IsNotExist(err) {
			return nil, err
		}
		return []Finding{{Check: "policy", State: PolicyHidden, Level: Warning, Subject: dir, Detail: err.Error()}}, err
	}
	if !rootOnly(&st) {
		return []Finding{{Check: "policy", State: PolicyUnsafeDir, Level: Failure, Subject: dir, Detail: owned(&st)}}, nil
	}
	return nil, nil
}

// unsafeFiles are the files of byuid or rules.d that the helper refuses to read.
func unsafeFiles(root, dir string, limit int64) []Finding {
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		return []Finding{{Check: "policy", State: PolicyHidden, Level: Warning, Subject: dir, Detail: errno(err)}}
	}
	var all []Finding
	for _, e := range entries {
		if filepath.Base(dir) == "rules.d" && !tree.IsRules(e.Name()) {
			continue // nobody reads it
		}
		f := Finding{Check: "policy", Level: Failure, Subject: filepath.Join(dir, e.Name())}
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(root, f.Subject), &st); err != nil {
			continue // it leads nowhere, and grants nothing
		}
		f.Detail = owned(&st)
		switch {
		case st.Mode&unix.S_IFMT != unix.S_IFREG:
			f.State = PolicyNotFile
		case !rootOnly(&st):
			f.State = PolicyUnsafeFile
		case st.Size > limit:
			f.State, f.Detail = PolicyTooLarge, fmt.Sprintf("%d MiB", limit>>20)
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

// errno is the system call's error, without the file's name.
func errno(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}
