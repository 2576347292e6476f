//go:build clean

package packages

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// root is a Debian that has never seen gobind, for one test: the directory of it.
type root string

// alice is its ordinary user.
const alice = 1000

// roots is where make test-packages puts what the network is needed for: the tests
// have none.
func roots(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(testenv.Repo(), "build/roots", name))
	if err != nil || len(found) == 0 {
		testenv.Skip(t, "build/roots/"+name+" is missing: run make test-packages")
	}
	return found[len(found)-1]
}

// newRoot unpacks a system of that name, with alice, and the packages in /packages.
func newRoot(t *testing.T, name string, packages ...string) root {
	t.Helper()
	testenv.RequireRoot(t)
	tarball := roots(t, name)
	dir := filepath.Join(testenv.Dir(), "root")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	output(t, "tar", "-C", dir, "-xf", tarball)
	r := root(dir)
	for _, m := range []struct{ what, where, kind string }{{"proc", "proc", "proc"}, {"/dev", "dev", ""}} {
		flags := uintptr(0)
		if m.kind == "" {
			flags = unix.MS_BIND | unix.MS_REC
		}
		where := filepath.Join(dir, m.where)
		if err := unix.Mount(m.what, where, m.kind, flags, ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(where, unix.MNT_DETACH) })
	}
	r.run(t, "useradd", "-m", "-u", fmt.Sprint(alice), "alice")
	r.run(t, "mkdir", "/packages")
	for _, p := range packages {
		output(t, "cp", p, filepath.Join(dir, "packages"))
	}
	return r
}

// unmount takes /proc and /dev away again, for what brings its own.
func (r root) unmount() {
	_ = unix.Unmount(filepath.Join(string(r), "proc"), unix.MNT_DETACH)
	_ = unix.Unmount(filepath.Join(string(r), "dev"), unix.MNT_DETACH)
}

// command is a command in the root, as the user.
func (r root) command(uid uint32, args ...string) *exec.Cmd {
	cmd := exec.Command("/usr/bin/env", args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot:     string(r),
		Credential: &syscall.Credential{Uid: uid, Gid: uid},
		Pdeathsig:  unix.SIGKILL,
	}
	return cmd
}

// run runs a command as root in the root; it must succeed. It returns what it says.
func (r root) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.command(0, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// apt runs apt-get as an administrator does, for packages in /packages.
func (r root) apt(t *testing.T, args ...string) {
	t.Helper()
	r.run(t, append([]string{"apt-get", "-y", "-o", "APT::Sandbox::User=root"}, r.named(t, args)...)...)
}

// named are arguments in which patterns are the one file in /packages that matches.
func (r root) named(t *testing.T, args []string) []string {
	t.Helper()
	for i, a := range args {
		if strings.Contains(a, "*") {
			args[i] = strings.TrimPrefix(file(t, filepath.Join(string(r), "packages"), a), string(r))
		}
	}
	return args
}

// files are all files of the root by name, but for the package manager's own.
func (r root) files(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(string(r), func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, string(r))
		switch name {
		case "/proc", "/dev", "/packages", "/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/var/log", "/tmp", "/root":
			return filepath.SkipDir
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files[name] = info.Mode().String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Bind is Perl, which every Debian has, that binds each port that a line of its input
// names, keeps it, and says what came of it.
const bindPerl = `use Socket; $| = 1;
while (my $port = <STDIN>) {
	chomp $port;
	socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
	setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1) or die; # connections that others had there linger
	if (bind($s, sockaddr_in($port, INADDR_LOOPBACK)) && listen($s, 9)) { push @kept, $s; print "bound $port\n" }
	else { print "errno ", $! + 0, " $port\n" }
}`

// daemon is a program in the root that binds what it is told to.
type daemon struct {
	t     *testing.T
	cmd   *exec.Cmd
	ports io.WriteCloser
	says  *bufio.Reader
	words *strings.Builder // its standard error
}

// start runs the program, after the command and its arguments, as alice.
func (r root) start(t *testing.T, wrapper ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, cmd: r.command(alice, append(wrapper, "perl", "-e", bindPerl)...), words: &strings.Builder{}}
	d.cmd.Stderr = d.words
	ports, err := d.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.ports, d.says = ports, bufio.NewReader(out)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ports.Close(); _ = d.cmd.Wait() })
	return d
}

// bind tells the program to bind a port; want is what has to come of it.
func (d *daemon) bind(port, want string) {
	d.t.Helper()
	if _, err := fmt.Fprintln(d.ports, port); err != nil {
		d.t.Fatal(err)
	}
	got, err := d.says.ReadString('\n')
	if err != nil || strings.TrimSpace(got) != want+" "+port {
		d.t.Fatalf("port %s: %q (%v), want %s\n%s", port, got, err, want, d.words)
	}
}

// end ends the program, and returns what was on its standard error.
func (d *daemon) end() string {
	_ = d.ports.Close()
	_ = d.cmd.Wait()
	return d.words.String()
}

// once binds one port in a program of its own.
func (r root) bind(t *testing.T, port, want string, wrapper ...string) string {
	t.Helper()
	d := r.start(t, wrapper...)
	d.bind(port, want)
	return d.end()
}
