package inkernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// policy is a policy directory with a file in each part, and a link to one outside.
func policy(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, file := range []string{"byport/80", "byaddr/x", "byuid/1", "rules.d/a.rules", "elsewhere"} {
		path := filepath.Join(dir, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir+"/elsewhere", dir+"/rules.d/b.rules"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A mark comes back as it was written.
func TestMark(t *testing.T) {
	testenv.RequireRoot(t)
	for _, m := range []Mark{
		{}, {Whole: true, Netns: 1<<64 - 1, Cgroup: "/a b\n\"c\"", Policy: []string{"/etc/gobind", "/x y\n"}, Loaded: Moment()},
	} {
		if err := m.Write(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = Remove() })
		got, ok := Read()
		if !ok || !got.Loaded.Equal(m.Loaded) && !m.Loaded.IsZero() {
			t.Errorf("%+v, %v, want %+v", got, ok, m)
		}
		got.Loaded = m.Loaded
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", m) {
			t.Errorf("%+v, want %+v", got, m)
		}
	}
	if err := errors.Join(Remove(), Remove()); err != nil {
		t.Error(err)
	}
	if _, ok := Read(); ok {
		t.Error("removed, and there")
	}
}

// What root did not leave there, or not so, is no mark.
func TestNoMark(t *testing.T) {
	testenv.RequireRoot(t)
	good := fmt.Sprintf(form, true, 7, "/") + "policy \"/etc/gobind\"\n"
	alice := int(testenv.Alice.UID)
	write := func(text string) error { return os.WriteFile(File, []byte(text), 0o644) }
	for name, leave := range map[string]func() error{
		"somebody's":          func() error { return errors.Join(write(good), os.Chown(File, alice, 0)) },
		"writable by a group": func() error { return errors.Join(write(good), os.Chmod(File, 0o664)) },
		"writable by others":  func() error { return errors.Join(write(good), os.Chmod(File, 0o646)) },
		"a link": func() error {
			return errors.Join(os.WriteFile(File+"1", []byte(good), 0o644), os.Symlink(File+"1", File))
		},
		"a directory":     func() error { return os.Mkdir(File, 0o755) },
		"a FIFO":          func() error { return unix.Mkfifo(File, 0o644) },
		"empty":           func() error { return write("") },
		"another form":    func() error { return write(strings.Replace(good, "kernel 1", "kernel 2", 1)) },
		"half of it":      func() error { return write(good[:len(good)-20]) },
		"more":            func() error { return write(good + "more\n") },
		"a relative path": func() error { return write(strings.Replace(good, "/etc", "etc", 1)) },
		"too long":        func() error { return write(good + strings.Repeat("policy \"/etc/gobind\"\n", 1000)) },
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(File), 0o755), leave()); err != nil {
			t.Fatal(err)
		}
		if m, ok := Read(); ok {
			t.Errorf("%s: %+v", name, m)
		}
		_ = os.RemoveAll(filepath.Dir(File))
	}
}

// Whatever is done to policy after it was loaded is noticed, at once, and nothing that
// was done before.
func TestChanged(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"written to": func(dir string) error { return os.WriteFile(dir+"/rules.d/a.rules", []byte("x"), 0o644) },
		"of a mode":  func(dir string) error { return os.Chmod(dir+"/byport/80", 0o700) },
		"an owner":   func(dir string) error { return os.Chown(dir+"/byaddr/x", os.Getuid(), os.Getgid()) },
		"a new file": func(dir string) error { return os.WriteFile(dir+"/byport/81", nil, 0o644) },
		"removed":    func(dir string) error { return os.Remove(dir + "/byuid/1") },
		"replaced": func(dir string) error {
			return errors.Join(os.WriteFile(dir+"/new", nil, 0o644), os.Rename(dir+"/new", dir+"/rules.d/a.rules"))
		},
		"led to":                func(dir string) error { return os.WriteFile(dir+"/elsewhere", []byte("x"), 0o644) },
		"no more dir":           func(dir string) error { return os.RemoveAll(dir + "/byaddr") },
		"a mode of a directory": func(dir string) error { return os.Chmod(dir+"/byport", 0o700) },
	} {
		for range 5 {
			m := Mark{Policy: []string{"/nonexistent", policy(t)}}
			m.Loaded = Moment()
			if got := m.Changed(); got != "" || !m.fresh() {
				t.Fatalf("%s, too early: %s", name, got)
			}
			if err := change(m.Policy[1]); err != nil {
				t.Fatal(err)
			}
			if got := m.Changed(); !strings.HasPrefix(got, m.Policy[1]) || m.fresh() {
				t.Fatalf("%s: %q", name, got)
			}
		}
	}
}

// A list of more files than one looks at is as good as changed.
func TestTooManyFiles(t *testing.T) {
	m := Mark{Policy: []string{policy(t)}}
	for i := range most - 1 {
		if err := os.WriteFile(fmt.Sprintf("%s/byport/x%d", m.Policy[0], i), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m.Loaded = Moment()
	if !m.fresh() {
		t.Errorf("%d files are too many", most)
	}
	if err := os.WriteFile(m.Policy[0]+"/byport/one-more", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	m.Loaded = Moment()
	if m.Changed() != "" || m.fresh() {
		t.Errorf("%d files are not too many", most+1)
	}
}

// The cgroup is one's own or above it.
func TestCgroup(t *testing.T) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	own := strings.TrimPrefix(lines[slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "0::") })], "0::")
	for cgroup, want := range map[string]bool{"/": true, own: true, "/other": false, own + "x": false, strings.TrimSuffix(own, "/") + "/below": false} {
		if got := (Mark{Cgroup: cgroup}).cgroup(); got != want {
			t.Errorf("%s, being in %s: %v", cgroup, own, got)
		}
	}
}
