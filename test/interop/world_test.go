package interop

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// The directory in which each program runs, and what is kept in it between its
// columns. The first is the user's home, and a file of programs may name it.
const (
	home     = "/srv/home"
	template = "/srv/template"
)

// npm is where scripts/interop puts packages of npm's registry, and where the world
// has them.
const (
	npmBuilt = "build/interop/node_modules"
	npm      = "/srv/node_modules"
)

// javaOptions spare time, memory and /tmp.
const javaOptions = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx128m -XX:-UsePerfData -Djava.io.tmpdir=" + home + "/tmp"

// prepareWorld gives the world a file system of its own for the programs, at a place
// that their files can name.
func prepareWorld(t *testing.T) {
	t.Helper()
	if err := unix.Mount("tmpfs", "/srv", "tmpfs", unix.MS_NOSUID, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(testenv.Repo(), npmBuilt)
	if _, err := os.Stat(built); err != nil {
		return
	}
	if err := errors.Join(os.Mkdir(npm, 0o755), unix.Mount(built, npm, "", unix.MS_BIND, "")); err != nil {
		t.Fatal(err)
	}
}

// prepare makes the program's directory, and keeps it as a template.
func (p *program) prepare(t *testing.T) {
	t.Helper()
	removeAll(t, template, home)
	for _, f := range p.files {
		kit.Write(t, filepath.Join(home, f.Name), string(f.Data))
	}
	if err := os.MkdirAll(filepath.Join(home, "tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, command := range p.make {
		cmd := exec.Command("sh", "-ec", command)
		cmd.Dir = home
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		kit.MustRun(t, cmd)
	}
	kit.MustRun(t, exec.Command("chown", "-R", testenv.Alice.Name+":", home))
	if err := os.Rename(home, template); err != nil {
		t.Fatal(err)
	}
}

// enter gives the test, whose goroutine keeps its thread, an empty network and the
// program's directory as it was prepared. What it starts has both.
func (p *program) enter(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	kit.MustRun(t, exec.Command("ip", "link", "set", "lo", "up"))
	removeAll(t, home)
	kit.MustRun(t, exec.Command("cp", "-a", template, home))
}

// grant gives the program's ports to the user, in both trees.
func (p *program) grant(t *testing.T) {
	t.Helper()
	for _, port := range p.ports {
		name := port
		if len(port) == 3 && port >= "512" { // TestPortsAreNumbers: three digits at most
			name = "!" + port
		}
		kit.Grant(t, name, testenv.Alice)
		theirs := filepath.Join("/etc/authbind/byport", name)
		kit.Write(t, theirs, "")
		kit.MustRun(t, exec.Command("chown", testenv.Alice.Name, theirs))
		kit.MustRun(t, exec.Command("chmod", "500", theirs))
	}
	t.Cleanup(func() { kit.ClearPolicy(t) })
}

// shell is a command line of the user's, in the program's directory.
func shell(line string) *exec.Cmd {
	cmd := testenv.Alice.Command("/bin/sh", "-c", line)
	cmd.Dir = home
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "HOME=") })
	cmd.Env = append(cmd.Env, "HOME="+home, "TMPDIR="+home+"/tmp", "NODE_PATH="+npm, "JAVA_TOOL_OPTIONS="+javaOptions)
	return cmd
}

func removeAll(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}
