package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// In place the program is gobind: the same process, of the same parent, in the
// same process group and session.
func TestInPlaceIsTheProcess(t *testing.T) {
	p := kit.Start(t, kit.Under(t, testenv.Alice, "inplace", "sh", "-c", `ps -o pid=,ppid=,pgid=,sid= -p $$; exit 7`))
	state := p.Wait(t)
	if kit.LaunchModes()[0] != "inplace" {
		if state.ExitCode() != 125 || !strings.Contains(p.Err(), "ptrace_scope") {
			t.Errorf("under Yama: %v, stderr %q", state, p.Err())
		}
		return
	}
	pid := p.Cmd.Process.Pid
	want := fmt.Sprint(pid, os.Getpid(), unix.Getpgrp(), sid(t))
	if got := strings.Join(strings.Fields(p.Out()), " "); got != want {
		t.Errorf("pid, ppid, pgid and sid are %s, want %s", got, want)
	}
	if state.ExitCode() != 7 {
		t.Errorf("exit status %v", state)
	}
}

func sid(t *testing.T) int {
	t.Helper()
	id, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// In mode parent the program is in gobind's process group and session.
func TestParentKeepsTheGroup(t *testing.T) {
	p := kit.Run(t, kit.Under(t, testenv.Alice, "parent", "sh", "-c", `ps -o pgid=,sid= -p $$`))
	if got, want := strings.Join(strings.Fields(p.Out()), " "), fmt.Sprint(unix.Getpgrp(), sid(t)); got != want {
		t.Errorf("pgid and sid are %s, want %s", got, want)
	}
}

// The exit status is the program's, or gobind's own where there is no program.
func TestExitStatus(t *testing.T) {
	home := testenv.Alice.Home()
	script := filepath.Join(home, "script")
	data := filepath.Join(home, "data")
	broken := filepath.Join(home, "broken")
	for file, mode := range map[string]os.FileMode{script: 0o755, data: 0o644, broken: 0o755} {
		text := "exit 5\n"
		if file == broken {
			text = "#!/nonexistent\n"
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(file) })
	}
	kit.InModes(t, func(t *testing.T, mode string) {
		for _, c := range []struct {
			argv   []string
			status int
			stderr string
		}{
			{[]string{"true"}, 0, ""},
			{[]string{"sh", "-c", "exit 1"}, 1, ""},
			{[]string{"sh", "-c", "exit 255"}, 255, ""},
			{[]string{script, "argument"}, 5, ""}, // no #!: as the shell does
			{[]string{"./script"}, 5, ""},
			{[]string{"no-such-program"}, 127, "gobind: \"no-such-program\": no such file or directory\n"},
			{[]string{"/no/such/program"}, 127, "gobind: \"/no/such/program\": no such file or directory\n"},
			{[]string{"/etc/passwd/program"}, 127, "gobind: \"/etc/passwd/program\": not a directory\n"},
			{[]string{broken}, 127, "gobind: " + fmt.Sprintf("%q", broken) + ": no such file or directory\n"},
			{[]string{""}, 127, "gobind: \"\": no such file or directory\n"},
			{[]string{data}, 126, "gobind: " + fmt.Sprintf("%q", data) + ": permission denied\n"},
			{[]string{"/etc"}, 126, "gobind: \"/etc\": permission denied\n"},
		} {
			p := kit.Start(t, kit.Under(t, testenv.Alice, mode, c.argv...))
			if got := p.Wait(t).ExitCode(); got != c.status || p.Err() != c.stderr {
				t.Errorf("%q: status %d, want %d; stderr %q, want %q", c.argv, got, c.status, p.Err(), c.stderr)
			}
		}
	})
}

// Many arguments, strange ones and an odd argument zero arrive as they are.
func TestArguments(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		many := []string{"python3", "-c", "import sys; print(len(sys.argv), sys.argv[-2:])"}
		for i := range 100_000 {
			many = append(many, fmt.Sprint(i))
		}
		many = append(many, "--launch=x", "--\n\x1b[31m'\"")
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, many...))
		if want := "100003 ['--launch=x', '--\\n\\x1b[31m\\'\"']\n"; p.Out() != want {
			t.Errorf("got %q, want %q, stderr %q", p.Out(), want, p.Err())
		}
	})
}

// A program that dies of a signal takes gobind along, by the same.
func TestDeathBySignal(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGKILL, unix.SIGSEGV, unix.SIGABRT, unix.SIGPIPE, unix.SIGHUP} {
			p := kit.Start(t, kit.Under(t, testenv.Alice, mode, "sh", "-c", fmt.Sprintf("kill -%d $$", sig)))
			status := p.Wait(t).Sys().(syscall.WaitStatus)
			if !status.Signaled() || status.Signal() != sig || status.CoreDump() {
				t.Errorf("%v: %v", sig, p.Cmd.ProcessState)
			}
			if p.Err() != "" {
				t.Errorf("%v: stderr %q", sig, p.Err())
			}
		}
	})
}

// What a program inherits is the same with and without gobind: descriptors,
// closed ones too, ignored and blocked signals, limits, timer slack, directory, environment.
func TestInheritance(t *testing.T) {
	const show = `import ctypes, os, resource, signal
slack = lambda: ctypes.CDLL(None).prctl(30, 0, 0, 0, 0)
print(slack(), ctypes.CDLL(None).prctl(29, 0, 0, 0, 0), slack() <= 54321)
print(sorted(os.listdir("/proc/self/fd"))[:-1])
print([os.readlink(f"/proc/self/fd/{n}") for n in (3, 7)])
print([l for l in open("/proc/self/status") if l.startswith(("SigIgn", "SigBlk", "Umask"))])
print(resource.getrlimit(resource.RLIMIT_NOFILE), os.getpriority(os.PRIO_PROCESS, 0), os.getcwd(), os.environ)
try: print(os.wait())
except ChildProcessError: print("no children")
`
	// -S and -E keep Python from changing what is to be shown.
	const shell = `trap '' PIPE TERM USR1 CHLD HUP; umask 027; ulimit -Sn 77; echo 54321 >/proc/self/timerslack_ns
exec 3</etc/hostname 7</etc/passwd "$@"`
	sh := func(redirect string, argv ...string) *exec.Cmd {
		return testenv.Alice.Command("bash", append([]string{"-c", shell + redirect, "bash"}, argv...)...)
	}
	python := []string{"python3", "-S", "-E", "-c", show}
	for _, redirect := range []string{"", " <&-"} {
		plain := kit.Run(t, sh(redirect, python...)).Out()
		if !strings.Contains(plain, "no children") {
			t.Fatal(plain)
		}
		kit.InModes(t, func(t *testing.T, mode string) {
			gobind := []string{testenv.Install(t).Gobind(), "--launch=" + mode}
			p := kit.Run(t, sh(redirect, append(gobind, python...)...))
			if p.Out() != plain {
				t.Errorf("with %q under gobind:\n%s\nwithout:\n%s\n%s", redirect, p.Out(), plain, p.Err())
			}
		})
	}
}

// gobind keeps none of its program's descriptors: whoever reads its output sees
// the end when the program has ended, though a daemon of it runs on, and the
// supervisor lives as long as that.
func TestDaemonIsLeftAlone(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		const daemon = `(exec setsid sleep 1000) <&- >&- 2>&- & echo $!`
		cmd := kit.Under(t, testenv.Alice, mode, "sh", "-c", daemon)
		cmd.Stdin = os.Stdin
		p := kit.Start(t, exec.Command("true")) // its cleanup ends the daemon, too
		defer p.Wait(t)
		out, err := cmd.CombinedOutput() // over a pipe, read to the end
		if err != nil {
			t.Fatal(err, string(out))
		}
		pid := strings.TrimSpace(string(out))
		kit.TheSupervisor(t)
		if err := exec.Command("kill", pid).Run(); err != nil {
			t.Errorf("kill %s: %v", pid, err)
		}
		kit.Eventually(t, func() error {
			if left := kit.Supervisors(t); len(left) > 0 {
				return fmt.Errorf("supervisors %v are left", left)
			}
			return nil
		})
	})
}

// The supervisor has none of the program's descriptors, and is in a session of
// its own.
func TestSupervisorIsApart(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		script := `exec 3</etc/hostname 9</etc/passwd "$@"`
		gobind := testenv.Install(t).Gobind()
		p := kit.Start(t, testenv.Alice.Command("bash", "-c", script, "bash", gobind, "--launch="+mode, "sleep", "1000"))
		kit.Eventually(t, func() error {
			if len(kit.Supervisors(t)) == 1 && len(kit.Named(t, "sleep")) == 1 {
				return nil
			}
			return fmt.Errorf("supervisors %v, %s", kit.Supervisors(t), p.Err())
		})
		pid := kit.TheSupervisor(t)
		kit.Eventually(t, func() error { return isApart(pid) })
	})
}

func isApart(pid int) error {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		link, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if strings.HasPrefix(link, "/etc/") {
			return fmt.Errorf("supervisor holds %s", link)
		}
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil || cwd != "/" {
		return fmt.Errorf("supervisor is in %q: %w", cwd, err)
	}
	session, err := unix.Getsid(pid)
	if err != nil || session != pid {
		return fmt.Errorf("supervisor %d is in session %d: %w", pid, session, err)
	}
	return nil
}
