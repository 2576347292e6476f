package inkernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// File is where the mark is.
const File = "/run/gobind/kernel"

// Mark is what the kernel goes by.
type Mark struct {
	Whole  bool      // the tables have all of policy
	Netns  uint64    // the cookie of the network namespace
	Cgroup string    // as in /proc/PID/cgroup: sockets made in it are covered; "/" is all
	Policy []string  // the directories that policy was read from
	Loaded time.Time // when: a Moment
}

// form is the beginning of a mark; a line for each directory of policy follows. A new
// form has a new number, and is not understood by programs that are older.
const form = "gobind-kernel 1\nwhole %t\nnetns %d\ncgroup %q\n"

// Write leaves the mark, for everybody to read.
func (m Mark) Write() error {
	if err := os.MkdirAll(filepath.Dir(File), 0o755); err != nil {
		return err
	}
	next := File + ".new"
	text := fmt.Appendf(nil, form, m.Whole, m.Netns, m.Cgroup)
	for _, dir := range m.Policy {
		text = fmt.Appendf(text, "policy %q\n", dir)
	}
	return errors.Join(os.WriteFile(next, text, 0o644), os.Chmod(next, 0o644),
		os.Chtimes(next, time.Time{}, m.Loaded), os.Rename(next, File))
}

// Remove removes the mark, if there is one.
func Remove() error {
	err := os.Remove(File)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	_ = os.Remove(filepath.Dir(File)) // stays if others use it
	return err
}

// Read returns the mark, if there is one that root alone could have left.
func Read() (Mark, bool) {
	fd, err := unix.Open(File, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return Mark{}, false
	}
	defer unix.Close(fd) //nolint:errcheck // only read
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Uid != 0 || st.Mode&(unix.S_IFMT|0o022) != unix.S_IFREG {
		return Mark{}, false
	}
	text := make([]byte, 16384)
	n, err := unix.Read(fd, text)
	if err != nil || n == len(text) {
		return Mark{}, false
	}
	m, ok := parse(string(text[:n]))
	m.Loaded = time.Unix(st.Mtim.Unix())
	return m, ok
}

// parse reads the text of a mark.
func parse(text string) (m Mark, ok bool) {
	in := strings.NewReader(text)
	if _, err := fmt.Fscanf(in, form, &m.Whole, &m.Netns, &m.Cgroup); err != nil {
		return m, false
	}
	for in.Len() > 0 {
		var dir string
		if _, err := fmt.Fscanf(in, "policy %q\n", &dir); err != nil || !filepath.IsAbs(dir) {
			return m, false
		}
		m.Policy = append(m.Policy, dir)
	}
	return m, true
}

// Covers reports whether all binds of this process, and of what it starts, are judged
// by the kernel, as policy has it now: it is in the network namespace and in the
// cgroup, nothing of policy was changed since, and no SCTP is about, which the kernel's
// hook is not called for.
func (m Mark) Covers() bool {
	return m.Whole && unix.Access("/sys/module/sctp", unix.F_OK) != nil && m.netns() && m.cgroup() && m.fresh()
}

func (m Mark) netns() bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return err == nil && cookie == m.Netns
}

func (m Mark) cgroup() bool {
	if m.Cgroup == "/" {
		return true
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return false
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if path, found := strings.CutPrefix(line, "0::"); found {
			return path == m.Cgroup || strings.HasPrefix(path, m.Cgroup+"/")
		}
	}
	return false
}
