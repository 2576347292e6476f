package hostile

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// hostileEnvironment has every variable that a runtime, a loader or a libc obeys,
// with files and directories below dir.
func hostileEnvironment(dir string) []string {
	env := []string{
		"GODEBUG=inittrace=1,gctrace=1,schedtrace=1,scheddetail=1,allocfreetrace=1,execerrdot=0,madvdontneed=1",
		"GOTRACEBACK=crash", "GOGC=1", "GOMEMLIMIT=1", "GOMAXPROCS=64",
		"LANG=../../x", "PATH=" + dir, "RES_OPTIONS=debug", "LOCALDOMAIN=x", "GLIBC_TUNABLES=glibc.malloc.mxfast=x",
	}
	for _, name := range []string{
		"GOCOVERDIR", "GORACE=log_path", "GOROOT", "TMPDIR", "TZ", "TZDIR", "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH",
		"LD_DEBUG_OUTPUT", "LD_PROFILE_OUTPUT", "MALLOC_TRACE", "HOSTALIASES", "LOCPATH", "NLSPATH",
	} {
		env = append(env, name+"="+dir+"/x")
	}
	return env
}

// contentsOf lists all files below the directories.
func contentsOf(t *testing.T, dirs ...string) string {
	t.Helper()
	var list strings.Builder
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			fmt.Fprintln(&list, path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list.String()
}

// H1: no variable has an effect, prints or writes anything.
func TestH1Environment(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	his, roots := kit.DirOf(t, testenv.Alice), kit.DirOf(t, testenv.Root)
	if err := os.Chmod(roots, 0o700); err != nil {
		t.Fatal(err)
	}
	before := contentsOf(t, his, roots, testenv.Alice.Home())
	for _, dir := range []string{his, roots} {
		for _, variable := range append(hostileEnvironment(dir), strings.Join(hostileEnvironment(dir), "\n")) {
			p, channel := called(t, testenv.Alice, func(cmd *exec.Cmd) {
				cmd.Env, cmd.Dir = strings.Split(variable, "\n"), "/"
			})
			if got := bindsTruly(t, channel); got != "bound" {
				t.Errorf("%s: %s", variable, got)
			}
			if threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.Cmd.Process.Pid)); err != nil || len(threads) > 20 {
				t.Errorf("%s: %d threads, %v", variable, len(threads), err)
			}
			_ = unix.Shutdown(channel, unix.SHUT_RDWR)
			p.Wait(t)
			quiet(t, variable, p)
		}
	}
	if after := contentsOf(t, his, roots, testenv.Alice.Home()); after != before {
		t.Errorf("files before:\n%safter:\n%s", before, after)
	}
}

// H2: arguments make it refuse; its name does not matter; nothing is echoed.
func TestH2Arguments(t *testing.T) {
	for _, name := range []string{"-", "--help", "/bin/sh", "\n", "\x1b[31m\x1b]0;x\a", "", strings.Repeat("x", 100_000)} {
		p, channel := called(t, testenv.Alice, func(cmd *exec.Cmd) { cmd.Args = []string{name} })
		if got := bindsTruly(t, channel); got != "refused" {
			t.Errorf("%.20q: %s", name, got)
		}
		quiet(t, name, p)
	}
	long := make([]string, 20)
	for i := range long {
		long[i] = strings.Repeat("x", 100_000)
	}
	for name, args := range map[string][]string{"one": {"x", "--help"}, "escapes": {"x", "\x1b[2J\n"}, "empty": {"x", ""}, "2 MB": long} {
		p, _ := called(t, testenv.Alice, func(cmd *exec.Cmd) { cmd.Args = args })
		refusesToServe(t, name, p)
		if p.Err() != byHand {
			t.Errorf("%s: stderr %q", name, p.Err())
		}
	}
}

// H2: with no argument at all, not even a name. Since Linux 5.18 the kernel gives
// it an empty one.
func TestH2NoArguments(t *testing.T) {
	channel, theirs, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(channel) //nolint:errcheck // ours
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := syscall.ForkExec(testenv.Install(t).Helper(), nil, &syscall.ProcAttr{
		Files: []uintptr{theirs.Fd(), null.Fd(), null.Fd()},
		Sys:   testenv.Alice.Command("x").SysProcAttr,
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	if got := bindsTruly(t, channel); got != "refused" && got != "end" {
		t.Error(got)
	}
	_ = unix.Shutdown(channel, unix.SHUT_RDWR)
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil || !status.Exited() {
		t.Errorf("status %v, %v", status, err)
	}
}

// H3: whatever is open or closed, nothing is written to a file by mistake, and a
// channel that is none is refused.
func TestH3Descriptors(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for name, script := range map[string]string{
		"1 closed":       `exec "$0" >&-`,
		"2 closed":       `exec "$0" 2>&-`,
		"1 and 2 closed": `exec "$0" >&- 2>&-`,
		"3 a directory":  `exec "$0" 3</`,
		"3 for writing":  `exec "$0" 3>>victim`,
		"all but 0":      `exec "$0" 1>>victim 2>>victim 3<>victim 4>>victim`,
		"many open":      `ulimit -n 1024; i=3; while [ $i -lt 1000 ]; do eval "exec $i</dev/null"; i=$((i+1)); done; exec "$0"`,
	} {
		shell := "sh"
		if name == "many open" {
			shell = "bash" // dash has descriptors of one digit
		}
		p, channel := called(t, testenv.Alice, through(shell, "-c", script))
		if got := bindsTruly(t, channel); got != "bound" {
			t.Errorf("%s: %s; %s", name, got, p.Err())
		}
		if open := kit.OpenFiles(t, p.Cmd.Process.Pid); open > 12 { // with the directories of policy
			t.Errorf("%s: it holds %d descriptors", name, open)
		}
	}
	for name, script := range map[string]string{
		"0 closed":                      `exec "$0" <&-`,
		"0 a file":                      `exec "$0" </etc/passwd`,
		"0 for reading, writing":        `exec "$0" 0<>victim`,
		"0 and 1 for writing":           `exec "$0" 0>>victim 1>>victim`,
		"0 a directory":                 `exec "$0" </`,
		"0 a pipe":                      `sleep 0 | "$0"; exit $?`,
		"0 and 1 for writing, 2 closed": `exec "$0" 0<>victim 1<>victim 2>&-`,
		"no channel, 2 closed":          `exec "$0" </dev/null 2>&-`,
	} {
		p := kit.Run(t, testenv.Alice.Command("sh", "-c", script, testenv.Install(t).Helper()))
		refusesToServe(t, name, p)
	}
	if text := kit.Contents(filepath.Join(testenv.Alice.Home(), "victim")); text != "" {
		t.Errorf("the victim holds %q", text)
	}
	// Descriptor 2 is where the one line belongs, whatever its caller has put there.
	told := filepath.Join(kit.DirOf(t, testenv.Alice), "told")
	kit.Run(t, testenv.Alice.Command("sh", "-c", `exec "$0" 0<>"$1" 1>>"$1" 2>>"$1"`, testenv.Install(t).Helper(), told))
	if text := kit.Contents(told); text != byHand {
		t.Errorf("all three for writing: the file holds %q", text)
	}
	for kind, number := range map[string]int{"stream": unix.SOCK_STREAM, "datagram": unix.SOCK_DGRAM} {
		pair, err := unix.Socketpair(unix.AF_UNIX, number|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		cmd := testenv.Alice.Command(testenv.Install(t).Helper())
		cmd.Stdin = os.NewFile(uintptr(pair[1]), kind)
		refusesToServe(t, kind, kit.Run(t, cmd))
		_ = unix.Close(pair[0])
	}
}

// H6: surroundings have no effect.
func TestH6Surroundings(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for name, argv := range map[string][]string{
		"umask":             {"sh", "-c", `umask 0; exec "$0"`},
		"deleted directory": {"sh", "-c", `cd "$(mktemp -d ./gone.XXXXXX)" && rmdir "$PWD" && exec "$0"`},
		"closed directory":  {"sh", "-c", `cd "$(mktemp -d ./shut.XXXXXX)" && chmod 0 . && exec "$0"`},
		"nice":              {"nice", "-n", "19"},
		"idle":              {"chrt", "-i", "0"},
		"session":           {"setsid", "-w"},
		"personality":       {"setarch", "-R", "-X", "-L"},
		"locked memory":     {"prlimit", "--memlock=0"},
	} {
		p, channel := called(t, testenv.Alice, through(argv...))
		if got := bindsTruly(t, channel); got != "bound" {
			t.Errorf("%s: %s; %s", name, got, p.Err())
		}
		quiet(t, name, p)
	}
}

// H6: in a user namespace a helper has no privilege, whoever its caller is there.
func TestH6UserNamespace(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.RequireUnshare(t, "-Ur")
	for name, argv := range map[string][]string{
		"root of its own":                   {"unshare", "-Ur"},
		"root of its own, with mounts":      {"unshare", "-Urm"},
		"root of its own, in the same root": {"unshare", "-Ur", "chroot", "/"},
		"nobody of its own":                 {"unshare", "-U"},
	} {
		_, channel := called(t, testenv.Alice, through(argv...))
		if got := bindsTruly(t, channel); got == "bound" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// H8: each thing that takes the privilege away has its own answer.
func TestH8WhatTookThePrivilege(t *testing.T) {
	path := testenv.Install(t).Helper()
	dir := kit.DirOf(t, testenv.Root)
	kit.MustRun(t, exec.Command("mount", "-t", "tmpfs", "-o", "nosuid,mode=755", "tmpfs", dir))
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	bare := filepath.Join(kit.DirOf(t, testenv.Root), "helper")
	kit.MustRun(t, exec.Command("install", "-m", "4755", path, dir+"/helper"))
	kit.MustRun(t, exec.Command("install", "-m", "0755", path, bare))
	asAlice := []string{"setpriv", "--reuid=61001", "--regid=61001", "--clear-groups"}
	for name, c := range map[string]struct {
		argv []string
		want helper.Status
	}{
		"no setuid bit":  {append(asAlice, bare), helper.StatusNotSetuid},
		"nosuid":         {append(asAlice, dir+"/helper"), helper.StatusNosuid},
		"no_new_privs":   {append(asAlice, "--no-new-privs", path), helper.StatusNoNewPrivs},
		"bounding set":   {append(asAlice, "--bounding-set=-net_bind_service", path), helper.StatusBoundingSet},
		"user namespace": {append(asAlice, "unshare", "-U", path), helper.StatusUserNamespace},
	} {
		p, channel := called(t, testenv.Root, func(cmd *exec.Cmd) {
			cmd.Path, cmd.Args = testenv.Root.Command(c.argv[0]).Path, c.argv
		})
		if status := kit.Hello(t, channel); status != c.want {
			t.Errorf("%s: status %d, want %d", name, status, c.want)
		}
		if status := p.Wait(t).ExitCode(); status != 77 {
			t.Errorf("%s: exit status %d", name, status)
		}
		quiet(t, name, p)
	}
}

// H8: gobind tells its user what took the privilege, for what test/e2e has not: a user
// namespace in which root is nobody.
func TestH8Told(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.RequireUnshare(t, "-U")
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Binds(t, func(argv ...string) *exec.Cmd {
			gobind := []string{"-U", testenv.Install(t).Gobind(), "--launch=" + mode}
			return testenv.Alice.Command("unshare", append(gobind, argv...)...)
		}, "80")
		kit.WantOutput(t, p, "80 EACCES\n",
			"gobind: cannot bind 0.0.0.0:80: the helper has no privilege to use in this user namespace, or under a tracer\n")
	})
}
