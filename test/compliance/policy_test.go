package compliance

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	policyDir = "/etc/authbind"
	ourDir    = "/etc/gobind"
)

// policyVerbs are the steps that change files and the like.
var policyVerbs = map[string]func(*runner, []string) error{
	"file":   func(_ *runner, args []string) error { return put(args[0], "", args[1:]) },
	"text":   func(_ *runner, args []string) error { return put(args[0], args[1], args[2:]) },
	"line":   func(_ *runner, args []string) error { return appendText(args[0], args[1]+"\n") },
	"repeat": func(_ *runner, args []string) error { return repeatText(args[0], args[1], args[2]) },
	"dir":    func(_ *runner, args []string) error { return makeDir(args[0], args[1:]) },
	"fifo":   func(_ *runner, args []string) error { return makeFIFO(args[0], args[1:]) },
	"link":   func(_ *runner, args []string) error { return os.Symlink(args[1], inTree(args[0])) },
	"mode":   func(_ *runner, args []string) error { return setMode(args[0], args[1:]) },
	"copy":   func(_ *runner, args []string) error { return copyProgram(args[0], args[1], args[2:]) },
	"remove": func(_ *runner, args []string) error { return os.RemoveAll(inTree(args[0])) },
	"acl":    func(_ *runner, args []string) error { return setACL(inTree(args[0]), args[1:]) },
	"noexec": func(r *runner, args []string) error { return r.mountNoexec(inTree(args[0])) },
	"feed":   func(r *runner, args []string) error { return r.feed(inTree(args[0]), args[1]) },
	"sysctl": func(r *runner, args []string) error { return r.sysctl(args[0], args[1]) },
}

// resetPolicy puts the trees as they are after an installation.
func resetPolicy(t *testing.T) {
	t.Helper()
	for _, tree := range []string{policyDir, ourDir} {
		if err := os.RemoveAll(tree); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"byport", "byaddr", "byuid"} {
			if err := os.MkdirAll(filepath.Join(tree, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// inTree is path, below the policy directory unless it is absolute.
func inTree(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(policyDir, path)
}

// put makes a file; how is its mode and owner, or nothing for 0644 root.
func put(path, text string, how []string) error {
	if err := os.WriteFile(inTree(path), []byte(text), 0o644); err != nil {
		return err
	}
	return setMode(path, how)
}

func appendText(path, text string) error {
	old, err := os.ReadFile(inTree(path))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return put(path, string(old)+text, nil)
}

func repeatText(path, count, text string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("read the count: %w", err)
	}
	return appendText(path, strings.Repeat(text, n))
}

func makeDir(path string, how []string) error {
	if err := os.Mkdir(inTree(path), 0o755); err != nil {
		return err
	}
	return setMode(path, how)
}

func makeFIFO(path string, how []string) error {
	if err := unix.Mkfifo(inTree(path), 0o600); err != nil {
		return fmt.Errorf("make a FIFO: %w", err)
	}
	return setMode(path, how)
}

func copyProgram(path, source string, how []string) error {
	program, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return put(path, string(program), how)
}

// setMode sets MODE and OWNER; the mode last, as chown clears setuid bits.
func setMode(path string, how []string) error {
	if len(how) == 0 {
		return nil
	}
	mode, err := strconv.ParseUint(how[0], 8, 12)
	if err != nil {
		return fmt.Errorf("read the mode: %w", err)
	}
	name, group, _ := strings.Cut(how[1], ":")
	owner, err := parseUser(name)
	if err != nil {
		return err
	}
	gid := int(owner.GID)
	if group != "" {
		if gid, err = groupID(group); err != nil {
			return err
		}
	}
	if err := os.Lchown(inTree(path), int(owner.UID), gid); err != nil {
		return err
	}
	return os.Chmod(inTree(path), fileMode(mode))
}

func groupID(name string) (int, error) {
	if id, err := strconv.Atoi(name); err == nil {
		return id, nil
	}
	group, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(group.Gid)
}

// fileMode is a Unix mode as os.Chmod takes it.
func fileMode(mode uint64) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	for bit, flag := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&bit != 0 {
			m |= flag
		}
	}
	return m
}
