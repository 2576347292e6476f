package rulesedit_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/rulesedit"
	"gobind/internal/testenv"
)

// image makes a root directory with an empty directory of rules, below a directory
// of root's.
func image(t *testing.T) string {
	t.Helper()
	testenv.RequireRoot(t)
	root, err := os.MkdirTemp(testenv.Dir(), "image")
	if err != nil {
		t.Fatal(err)
	}
	must(t, os.Chmod(root, 0o755), os.MkdirAll(filepath.Join(root, "etc/gobind/rules.d"), 0o755))
	return root
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, root string) *rulesedit.Dir {
	t.Helper()
	dir, err := rulesedit.Open(root, "/etc/gobind", true)
	must(t, err)
	t.Cleanup(dir.Close)
	return dir
}

// leftovers are the names in the directory of rules that are not rules or the lock.
func leftovers(t *testing.T, root string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, "etc/gobind/rules.d"))
	must(t, err)
	for _, e := range entries {
		if !rulesedit.IsRules(e.Name()) && e.Name() != ".gobindctl.lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

// A file gets its text, mode and owner, whatever the umask and what was there.
func TestReplace(t *testing.T) {
	root := image(t)
	dir := open(t, root)
	must(t, dir.Lock(0))
	defer unix.Umask(unix.Umask(0o077))
	file := filepath.Join(root, "etc/gobind/rules.d/a.rules")
	for _, text := range []string{"", "one\n", textA} {
		must(t, dir.Replace("a.rules", []byte(text)))
		got, err := dir.ReadOwn("a.rules")
		must(t, err)
		var st unix.Stat_t
		must(t, unix.Stat(file, &st))
		if string(got) != text || st.Mode != unix.S_IFREG|0o644 || st.Uid != 0 || st.Gid != 0 {
			t.Errorf("%d bytes: %d bytes, mode %o, uid %d, gid %d", len(text), len(got), st.Mode, st.Uid, st.Gid)
		}
		must(t, os.Chmod(file, 0o600), os.Chown(file, 0, 7))
	}
	if err := dir.Replace("a.rules", make([]byte, rulesedit.MaxSize+1)); err == nil {
		t.Error("a file that the helper would refuse was written")
	}
	if left := leftovers(t, root); left != nil {
		t.Errorf("left: %v", left)
	}
}

func TestNames(t *testing.T) {
	root := image(t)
	dir := open(t, root)
	must(t, dir.Lock(0))
	for _, name := range []string{"b.rules", "a.rules", "10.rules", ".h.rules", "x.rules~", "rules"} {
		must(t, os.WriteFile(filepath.Join(root, "etc/gobind/rules.d", name), nil, 0o644))
	}
	names, err := dir.Names()
	must(t, err)
	if want := []string{"10.rules", "a.rules", "b.rules"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	if got, err := dir.ReadOwn("none.rules"); got != nil || err != nil {
		t.Errorf("what is not there: %q, %v", got, err)
	}
}

// The directory of rules is made, not what it is in.
func TestMakeDirectory(t *testing.T) {
	root := image(t)
	defer unix.Umask(unix.Umask(0o077))
	rules := filepath.Join(root, "etc/gobind/rules.d")
	must(t, os.Remove(rules))
	if _, err := rulesedit.Open(root, "/etc/gobind", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without leave to make it: %v", err)
	}
	open(t, root)
	info, err := os.Stat(rules)
	if err != nil || info.Mode() != fs.ModeDir|0o755 {
		t.Errorf("made: %v, %v", info, err)
	}
	must(t, os.RemoveAll(filepath.Join(root, "etc/gobind")))
	if _, err := rulesedit.Open(root, "/etc/gobind", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without /etc/gobind: %v", err)
	}
}

// Directories that others could write to, and links that others could have made,
// are refused; links of root's are followed, and do not leave the root directory.
func TestWay(t *testing.T) {
	const unsafe = "could be written by others than root"
	for _, test := range []struct{ name, script, want string }{
		{"safe", "true", ""},
		{"rules.d group-writable", "chmod 775 etc/gobind/rules.d", unsafe},
		{"rules.d sticky", "chmod 1777 etc/gobind/rules.d", unsafe},
		{"rules.d of a user", "chown 61001 etc/gobind/rules.d", unsafe},
		{"gobind writable", "chmod 757 etc/gobind", unsafe},
		{"gobind sticky", "chmod 1777 etc/gobind", unsafe},
		{"etc of a user", "chown 61001 etc", unsafe},
		{"root of a user", "chown 61001 .", unsafe},
		{"etc sticky", "chmod 1777 etc", ""},
		{"etc sticky, of a user", "chmod 1777 etc && chown 61001 etc", unsafe},
		{"link", "mv etc/gobind opt && ln -s ../opt etc/gobind", ""},
		{"absolute link", "mv etc/gobind opt && ln -s /opt etc/gobind", ""},
		{"link above the root directory", "mv etc/gobind opt && ln -s ../../../../../../opt etc/gobind", ""},
		{"link of a user", "mv etc/gobind opt && ln -s /opt etc/gobind && chown -h 61001 etc/gobind", "is a symbolic link that is not root's"},
		{"link in a sticky directory", "mv etc/gobind opt && ln -s /opt etc/gobind && chmod 1777 etc", "is a symbolic link where others than root can make one"},
		{"link to a writable directory", "mv etc/gobind opt && ln -s /opt etc/gobind && chmod 777 opt", unsafe},
		{"link through a writable directory", "mkdir pub && chmod 777 pub && mv etc/gobind pub/opt && ln -s ../pub/opt etc/gobind", unsafe},
		{"loop", "rm -r etc/gobind && ln -s gobind etc/gobind", "too many levels of symbolic links"},
		{"file", "rmdir etc/gobind/rules.d && touch etc/gobind/rules.d", "not a directory"},
		{"missing", "rm -r etc/gobind", "no such file or directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := image(t)
			cmd := exec.Command("sh", "-ec", test.script)
			cmd.Dir = root
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			dir, err := rulesedit.Open(root, "/etc/gobind", true)
			if err == nil {
				defer dir.Close()
				err = errors.Join(dir.Lock(0), dir.Replace("a.rules", nil))
			}
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// The way to the root directory may be anybody's, but links on it may not: they
// could lead to the system's own policy.
func TestWayToRoot(t *testing.T) {
	root := image(t)
	home := testenv.Alice.Home()
	link := filepath.Join(home, "image")
	must(t, os.Symlink(root, link))
	if _, err := rulesedit.Open(link, "/etc/gobind", false); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a link in a user's home: %v", err)
	}
	must(t, os.Remove(link), os.Rename(root, link))
	open(t, link)
	must(t, os.RemoveAll(link))
}

// A file to be replaced must be one that the helper believes, and no link.
func TestReadOwn(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"link", "ln -s b a.rules", "is a symbolic link"},
		{"dangling link", "ln -s nothing a.rules", "is a symbolic link"},
		{"fifo", "mkfifo a.rules", "is not a regular file"},
		{"directory", "mkdir a.rules", "is not a regular file"},
		{"writable", "touch a.rules; chmod 664 a.rules", "could be written by others"},
		{"of a user", "touch a.rules; chown 61001 a.rules", "could be written by others"},
		{"too large", "truncate -s 9M a.rules", "is larger than 8 MiB"},
		{"of a group", "touch a.rules; chown :61010 a.rules", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := image(t)
			cmd := exec.Command("sh", "-ec", "touch b; "+test.script)
			cmd.Dir = filepath.Join(root, "etc/gobind/rules.d")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			_, err := open(t, root).ReadOwn("a.rules")
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// start starts a child that has the lock.
func start(t *testing.T, root string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childVar+"="+root)
	out, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("child: %s%v", line, err)
	}
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// Who has the lock is told; it ends with the process.
func TestLock(t *testing.T) {
	root := image(t)
	cmd := start(t, root)
	defer kill(cmd)
	for _, wait := range []time.Duration{0, 20 * time.Millisecond} {
		var locked *rulesedit.LockedError
		dir, err := rulesedit.Open(root, "/etc/gobind", false)
		must(t, err)
		if err := dir.Lock(wait); !errors.As(err, &locked) || locked.PID != cmd.Process.Pid {
			t.Errorf("%v, want the lock of %d", err, cmd.Process.Pid)
		}
		dir.Close()
	}
	kill(cmd)
	must(t, open(t, root).Lock(0))
}

// The lock stays when the process that has it closes the file elsewhere, as one that
// reads the directory does.
func TestLockStays(t *testing.T) {
	root := image(t)
	dir := open(t, root)
	must(t, dir.Lock(0))
	_, err := os.ReadFile(filepath.Join(root, "etc/gobind/rules.d/.gobindctl.lock"))
	must(t, err)
	want := fmt.Sprintf("%s is being changed by process %d\n", filepath.Join(root, "etc/gobind/rules.d"), os.Getpid())
	if got := try(t, root); got != want {
		t.Errorf("another process: %q, want %q", got, want)
	}
	dir.Close()
	kill(start(t, root))
}

// try is what a child says first.
func try(t *testing.T, root string) string {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childVar+"="+root)
	out, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	defer kill(cmd)
	line, _ := bufio.NewReader(out).ReadString('\n')
	return line
}

// Nobody but root can open the lock, and so hold it.
func TestLockPrivate(t *testing.T) {
	root := image(t)
	must(t, os.WriteFile(filepath.Join(root, "etc/gobind/rules.d/.gobindctl.lock"), nil, 0o666))
	must(t, open(t, root).Lock(0))
	if err := testenv.Alice.Command("test", "-r", filepath.Join(root, "etc/gobind/rules.d/.gobindctl.lock")).Run(); err == nil {
		t.Error("a user can open the lock")
	}
}

// Killed at any moment, a change leaves the one text or the other, and the next one
// removes what was left.
func TestKilled(t *testing.T) {
	root := image(t)
	file := filepath.Join(root, "etc/gobind/rules.d/a.rules")
	must(t, os.WriteFile(file, []byte(textA), 0o644))
	left := 0
	for deadline, round := time.Now().Add(time.Minute), 0; left < 5 || round < 20; round++ {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d kills left something", left, round)
		}
		cmd := start(t, root)
		time.Sleep(time.Duration(round%20) * 300 * time.Microsecond) // a moment, not a wait
		kill(cmd)
		if leftovers(t, root) != nil {
			left++
		}
		dir, err := rulesedit.Open(root, "/etc/gobind", false)
		must(t, err)
		must(t, dir.Lock(0))
		text, err := dir.ReadOwn("a.rules")
		must(t, err)
		dir.Close()
		if string(text) != textA && string(text) != textB {
			t.Fatalf("round %d: neither text: %d bytes", round, len(text))
		}
		if names := leftovers(t, root); names != nil {
			t.Fatalf("round %d: left: %v", round, names)
		}
	}
}

// A full disk leaves the old text and nothing else.
func TestFullDisk(t *testing.T) {
	root := image(t)
	rules := filepath.Join(root, "etc/gobind/rules.d")
	must(t, unix.Mount("tmpfs", rules, "tmpfs", 0, "mode=0755,size=128k"))
	defer unix.Unmount(rules, 0) //nolint:errcheck // the world ends with it
	dir, err := rulesedit.Open(root, "/etc/gobind", false)
	must(t, err)
	defer dir.Close()
	must(t, dir.Lock(0), dir.Replace("a.rules", []byte("old\n")))
	if err := dir.Replace("a.rules", []byte(textA)); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	if text, err := dir.ReadOwn("a.rules"); err != nil || string(text) != "old\n" {
		t.Errorf("after it: %q, %v", text, err)
	}
	if left := leftovers(t, root); left != nil {
		t.Errorf("left: %v", left)
	}
	must(t, dir.Replace("a.rules", []byte("new\n")))
}
