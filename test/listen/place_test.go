package listen

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// The program is gobind's own process, with nothing of gobind's around it: no filter, no
// no_new_privs, no supervisor, no helper and no child.
func TestInPlace(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	const show = `ps -o pid=,ppid=,pgid=,sid= -p $$ | xargs
grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/$$/status | xargs
read children </proc/$$/task/$$/children; echo children $children; exec sleep 1000`
	p := kit.Start(t, listen(t, "--listen", "tcp:80", "sh", "-c", show))
	kit.WaitOut(t, p, "children")
	pid := p.Cmd.Process.Pid
	plain := kit.Start(t, testenv.Alice.Command("sh", "-c", show))
	kit.WaitOut(t, plain, "children")
	want := strings.ReplaceAll(plain.Out(), fmt.Sprint(plain.Cmd.Process.Pid), fmt.Sprint(pid))
	if got := p.Out(); got != want {
		t.Errorf("under gobind:\n%swithout:\n%s", got, want)
	}
	for _, name := range []string{"gobind", "gobind-supervis", "gobind-helper"} {
		if left := kit.Named(t, name); len(left) > 0 {
			t.Errorf("%s: %v", name, left)
		}
	}
}

// Setuid programs keep their privilege, which a supervised program's do not.
func TestSetuidInside(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	setuid := filepath.Join(testenv.Dir(), "setuid-id")
	kit.MustRun(t, exec.Command("install", "-m", "4755", "/usr/bin/id", setuid))
	p := kit.Run(t, listen(t, "--listen", "tcp:80", setuid, "-u"))
	kit.WantOutput(t, p, "0\n", "")
	p = kit.Run(t, kit.Under(t, testenv.Alice, "auto", setuid, "-u"))
	kit.WantOutput(t, p, "61001\n", "")
}

// All else that a program inherits is as without gobind.
func TestInheritance(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	const show = `import os, resource
print([l for l in open("/proc/self/status") if l.startswith(("SigIgn", "SigBlk", "Umask", "Groups"))])
print(resource.getrlimit(resource.RLIMIT_NOFILE), os.getpriority(os.PRIO_PROCESS, 0), os.getcwd())
print({k: v for k, v in os.environ.items() if not k.startswith("LISTEN_") and k != "_"})
try: print(os.wait())
except ChildProcessError: print("no children")
`
	run := func(argv ...string) string {
		const shell = `trap '' PIPE TERM USR1 CHLD HUP; umask 027; ulimit -Sn 77; "$@"`
		argv = append(argv, "python3", "-S", "-E", "-c", show)
		p := kit.Run(t, testenv.Alice.Command("bash", append([]string{"-c", shell, "bash"}, argv...)...))
		return p.Out() + p.Err()
	}
	plain := run()
	if !strings.Contains(plain, "no children") {
		t.Fatal(plain)
	}
	if got := run(testenv.Install(t).Gobind(), "--listen", "tcp:80"); got != plain {
		t.Errorf("under gobind:\n%s\nwithout:\n%s", got, plain)
	}
}

// What a program gets is what systemd-socket-activate passes, names included.
func TestAsSystemd(t *testing.T) {
	testenv.Require(t, "systemd-socket-activate")
	testenv.Install(t)
	show := show(t)
	p := kit.Start(t, testenv.Alice.Command("systemd-socket-activate", "--fdname=a:b:unknown",
		"-l", "8080", "-l", "[::1]:8081", "-l", "127.0.0.1:8082", show))
	kit.Eventually(t, func() error { // it starts the program for the first connection
		conn, err := net.Dial("tcp", "127.0.0.1:8080")
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	p.Wait(t)
	ours := kit.Run(t, listen(t, "--listen", "a=tcp:8080", "--listen", "b=tcp:[::1]:8081", "--listen", "tcp:127.0.0.1:8082", show))
	if p.Out() != ours.Out() || !strings.Contains(ours.Out(), "LISTEN_PID mine") {
		t.Errorf("systemd passes:\n%s\ngobind passes:\n%s%s", p.Out(), ours.Out(), ours.Err())
	}
}

// Where the setuid helper is disabled the broker socket serves.
func TestOverTheSocket(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	gobind := testenv.Install(t).Gobind()
	p := kit.Run(t, testenv.Alice.Command("setpriv", "--no-new-privs", gobind, "--listen", "tcp:80", "echo", "started"))
	kit.WantOutput(t, p, "started\n", "")
	p = kit.Run(t, testenv.Alice.Command("setpriv", "--no-new-privs", gobind, "--listen", "tcp:81", "echo", "started"))
	kit.WantOutput(t, p, "", "gobind: user gbalice may not bind tcp [::]:81: no rule permits it\n"+
		"gobind: hint: as root, run: gobindctl permit gbalice tcp '*:81'\n")
}

// Each bind is recorded under the program's name.
func TestRecord(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	log := testenv.StartSyslog(t)
	kit.Run(t, listen(t, "--listen", "tcp:80", "sh", "-c", "exit 0"))
	kit.Eventually(t, func() error {
		records := log.Records("port=80")
		if len(records) != 1 || !strings.Contains(records[0], `claimed_program="sh"`) {
			return fmt.Errorf("records %q", records)
		}
		return nil
	})
}

// Standard descriptors that do not block are where the Go runtime takes numbers of its
// own from 3 on, before the first line of gobind runs: eight times all goes well.
func TestRuntimeInTheWay(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nothing was written
	defer r.Close() //nolint:errcheck // likewise
	const again = `import os, sys
os.set_blocking(0, False)
for i in range(8):
    pid = os.fork()
    if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
    if os.waitpid(pid, 0)[1] != 0: sys.exit("died")
`
	cmd := testenv.Alice.Command("python3", "-c", again, testenv.Install(t).Gobind(),
		"--listen", "tcp:80", "--listen", "tcp:127.0.0.1:8080", "sh", "-c", "test -S /proc/$$/fd/3 && test -S /proc/$$/fd/4")
	cmd.Stdin = r
	kit.WantOutput(t, kit.Run(t, cmd), "", "")
}
