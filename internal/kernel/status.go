package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// Status is what there is of a backend.
type Status struct {
	Attached bool   // both programs are attached
	Cgroup   string // to which directory, "" if that is not known
	Root     bool   // which is the root of cgroup v2
	Scope    Scope
	Loaded   time.Time
	Clauses  int
	Entries  int
	Omitted  int
	digest   [32]byte
}

// Current reports whether the tables are those of the policy.
func (s Status) Current(c *Compiled) bool { return s.digest == c.digest }

// Read looks at a backend. The error is ErrDisabled if there is none, and ErrTorn if
// some of it is missing.
func Read(pins string) (Status, error) {
	m, err := openMaps(pins)
	if errors.Is(err, os.ErrNotExist) {
		return Status{}, ErrTorn
	}
	if err != nil {
		return Status{}, err
	}
	defer m.close() //nolint:errcheck // opened to look at
	active, err := m.active()
	if err != nil {
		return Status{}, err
	}
	var about config
	if err := m["configs"].Lookup(active.Slot, &about); err != nil {
		return Status{}, fmt.Errorf("read the config: %w", err)
	}
	s := Status{
		Scope: Scope{Limit: about.Limit, Netns: about.Netns}, Loaded: time.Unix(int64(about.Loaded), 0),
		Clauses: int(about.Clauses), Entries: int(about.Entries), Omitted: int(about.Omitted), digest: about.Digest,
		Attached: true,
	}
	for name := range hooks {
		id, err := attachedTo(filepath.Join(pins, name))
		if err != nil {
			return s, err
		}
		s.Attached = s.Attached && id != 0
		s.Cgroup, s.Root = findCgroup(id)
	}
	return s, nil
}

// attachedTo is the cgroup of a pinned link by its number, 0 if that is gone or the
// link was never made.
func attachedTo(path string) (uint64, error) {
	l, err := link.LoadPinnedLink(path, nil)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("open the link %s: %w", path, err)
	}
	defer l.Close() //nolint:errcheck // opened to look at
	info, err := l.Info()
	if err != nil {
		return 0, fmt.Errorf("look at the link %s: %w", path, err)
	}
	cgroup := info.Cgroup()
	if cgroup == nil {
		return 0, fmt.Errorf("%s is no link to a cgroup", path)
	}
	return cgroup.CgroupId, nil
}

// findCgroup is the directory of a cgroup by its number, which is that of the inode,
// and whether it is the root. "": it is not to be found.
func findCgroup(id uint64) (string, bool) {
	root, err := RootCgroup()
	if err != nil || id == 0 {
		return "", false
	}
	found := ""
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil && st.Ino == id {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found, found == root
}
