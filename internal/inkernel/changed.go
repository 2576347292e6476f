package inkernel

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Moment waits until the clock of file systems, which goes in steps, has passed the time
// of the call, and returns what it shows: files that were changed before have an earlier
// time, and those that are changed from now on have not.
func Moment() time.Time {
	for called := time.Now(); ; time.Sleep(time.Millisecond) {
		if now := coarse(); now.After(called) {
			return now
		}
	}
}

// coarse is the clock of file systems. Since Linux 6.13 they may take a time between two
// of its steps.
func coarse() time.Time {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &t) != nil {
		return time.Now()
	}
	return time.Unix(t.Unix())
}

// Changed is something of policy that was changed after it was loaded, "" if this user
// sees nothing of the kind.
func (m Mark) Changed() string {
	name, _ := m.changed(-1)
	return name
}

// most is how many files fresh looks at, which is less work than to start a supervisor.
const most = 2000

// fresh reports whether nothing was changed, as far as this user sees. Where there are
// too many files to look at it does not know.
func (m Mark) fresh() bool {
	name, all := m.changed(most)
	return name == "" && all
}

// changed is Changed, of so many files in each directory, or of all if most is
// negative; all: there are no more.
func (m Mark) changed(most int) (name string, all bool) {
	names := []string{"/etc/passwd", "/etc/group"}
	for _, dir := range m.Policy {
		names = append(names, dir)
		for _, sub := range []string{"byport", "byaddr", "byuid", "rules.d"} {
			names = append(names, filepath.Join(dir, sub))
		}
	}
	for _, name := range names {
		if m.isLater(name) {
			return name, true
		}
	}
	all = true
	for _, dir := range names[2:] {
		files, whole := list(dir, most)
		all = all && whole
		for _, file := range files {
			if m.isLater(filepath.Join(dir, file)) {
				return filepath.Join(dir, file), true
			}
		}
	}
	return "", all
}

// list are at most so many names in a directory, and one; whole: there are no more.
// What this user may not list is not looked at.
func list(dir string, most int) (names []string, whole bool) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, true
	}
	defer d.Close()                     //nolint:errcheck // only read
	names, _ = d.Readdirnames(most + 1) // 0 is all
	return names, most < 0 || len(names) <= most
}

// isLater reports whether a file, or what a link leads to, is not as it was when policy
// was loaded.
func (m Mark) isLater(name string) bool {
	var link, file unix.Stat_t
	return unix.Lstat(name, &link) == nil && !time.Unix(link.Ctim.Unix()).Before(m.Loaded) ||
		link.Mode&unix.S_IFMT == unix.S_IFLNK && unix.Stat(name, &file) == nil && !time.Unix(file.Ctim.Unix()).Before(m.Loaded)
}
