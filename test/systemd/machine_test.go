//go:build systemd

package systemd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// machine is a Debian with systemd as pid 1, and gobind installed below /usr/local.
type machine struct {
	root   string
	leader string // its pid 1, as seen from here

	prepared bool // it has what the services need
}

// booted is the machine that runs, which ends with the test that booted it.
var booted *machine

// boot boots the machine, once.
func boot(t *testing.T) *machine {
	t.Helper()
	if booted != nil {
		return booted
	}
	testenv.RequireRoot(t)
	tarball := filepath.Join(testenv.Repo(), "build/roots/hardened.tar")
	if _, err := os.Stat(tarball); err != nil {
		testenv.Skip(t, tarball+" is missing: run make test-systemd")
	}
	m := &machine{root: filepath.Join(testenv.Dir(), "machine")}
	must(t, os.MkdirAll(m.root, 0o755))
	must(t, unix.Mount("tmpfs", m.root, "tmpfs", 0, "mode=0755"))
	here(t, "tar", "-C", m.root, "-xf", tarball)
	here(t, "make", "-s", "-C", testenv.Repo(), "install", "DESTDIR="+m.root, "BUILD="+filepath.Join(testenv.Dir(), "built"))
	m.prepare(t)
	m.start(t)
	booted = m
	return m
}

// prepare adds what the machine's systemd shall know when it starts.
func (m *machine) prepare(t *testing.T) {
	t.Helper()
	for _, unit := range []string{"gobind.socket", "gobind@.service"} {
		if file := m.at("usr/local/lib/systemd/system/" + unit); !exists(file) {
			must(t, os.MkdirAll(filepath.Dir(file), 0o755))
			here(t, "cp", filepath.Join(testenv.Repo(), "etc/systemd", unit), file)
		}
	}
	here(t, "chroot", m.root, "groupadd", "--gid", "800", "web")
	for _, service := range []string{"tomcat10", "jetty9", "haproxy"} {
		here(t, "systemctl", "--root="+m.root, "--quiet", "disable", service)
	}
	here(t, "systemctl", "--root="+m.root, "--quiet", "set-default", "multi-user.target")
	here(t, "systemctl", "--root="+m.root, "--quiet", "enable", "gobind.socket")
}

// inOwnGroup runs its arguments in control groups of their own, so that two machines
// do not share theirs.
const inOwnGroup = `for h in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
	if [ -e $h/cgroup.procs ]; then mkdir -p $h/$NAME && echo $$ >$h/$NAME/cgroup.procs || exit 1; fi
done
exec "$@"`

// start boots it. The default list of systemd-nspawn forbids pidfd_getfd(2), which
// gobind lives on.
func (m *machine) start(t *testing.T) {
	t.Helper()
	console, err := os.Create(filepath.Join(testenv.Dir(), "console"))
	must(t, err)
	group := "gobind-test-" + filepath.Base(testenv.Dir())
	cmd := exec.Command("sh", "-c", inOwnGroup, "sh", testenv.Require(t, "systemd-nspawn"), "--quiet", "--register=no", "--keep-unit",
		"--private-network", "--system-call-filter=pidfd_getfd", "--console=pipe", "-b", "-D", m.root)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "NAME=" + group}
	cmd.Stdout, cmd.Stderr = console, console
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = m.try("systemctl", "poweroff")
		_ = cmd.Wait()
		booted = nil
		_ = exec.Command("sh", "-c", `find /sys/fs/cgroup/"$0" /sys/fs/cgroup/*/"$0" -depth -type d -exec rmdir {} +`, group).Run()
	})
	children := fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid)
	within(t, "systemd to start", func() bool {
		text, err := os.ReadFile(children)
		m.leader = strings.TrimSpace(string(text))
		return err == nil && m.leader != "" && m.try("test", "-e", "/run/systemd/private") == nil
	})
	within(t, "the machine to be up", func() bool {
		out, _ := m.command("systemctl", "is-system-running").Output()
		state := string(bytes.TrimSpace(out))
		return state == "running" || state == "degraded"
	})
}

// at is a file of the machine's as seen from here.
func (m *machine) at(name string) string { return filepath.Join(m.root, name) }

// command is a command in the machine, as root.
func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"-t", m.leader, "-m", "-u", "-i", "-n", "-p", "-C", "--"}, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
	cmd.Dir = "/"
	return cmd
}

// try runs a command in the machine.
func (m *machine) try(args ...string) error { return m.command(args...).Run() }

// run runs a command in the machine, which must succeed, and returns what it says.
func (m *machine) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// copy copies a file into the machine, with its mode.
func (m *machine) copy(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(m.at(to)), 0o755))
	here(t, "cp", from, m.at(to))
}

// write writes a file of the machine's.
func (m *machine) write(t *testing.T, name, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(m.at(name)), 0o755))
	must(t, os.WriteFile(m.at(name), []byte(text), 0o644))
}

// show is a property of a unit.
func (m *machine) show(t *testing.T, unit, property string) string {
	t.Helper()
	return strings.TrimSpace(m.run(t, "systemctl", "show", "--value", "--property="+property, unit))
}

// eventually waits for a command in the machine to succeed.
func (m *machine) eventually(t *testing.T, args ...string) {
	t.Helper()
	within(t, strings.Join(args, " "), func() bool { return m.try(args...) == nil })
}

// here runs a command outside of the machine.
func here(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// within waits for what has to happen soon, however busy this machine is.
func within(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
