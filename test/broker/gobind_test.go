package broker

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// under is a command of Alice's under gobind, after others.
func under(t *testing.T, mode string, wrap ...string) func(argv ...string) *exec.Cmd {
	t.Helper()
	return func(argv ...string) *exec.Cmd {
		all := append(append(append([]string{}, wrap...), testenv.Install(t).Gobind(), "--launch="+mode), argv...)
		return testenv.Alice.Command(all[0], all[1:]...)
	}
}

// withoutSetuid takes the setuid bit from the helper until the test ends.
func withoutSetuid(t *testing.T) {
	t.Helper()
	path := testenv.Install(t).Helper()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kit.MustRun(t, exec.Command("chmod", "4755", path)) })
}

// Where the setuid helper is disabled or has no privilege gobind binds over the broker
// socket, by the same policy, and a refusal says the same.
func TestBrokerBinds(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	for name, c := range map[string]struct {
		wrap    []string
		prepare func(*testing.T)
	}{
		"no_new_privs":  {[]string{"setpriv", "--no-new-privs"}, func(*testing.T) {}},
		"no setuid bit": {nil, withoutSetuid},
	} {
		t.Run(name, func(t *testing.T) {
			c.prepare(t)
			kit.InModes(t, func(t *testing.T, mode string) {
				p := kit.Binds(t, under(t, mode, c.wrap...), "80", "81", "80")
				kit.WantOutput(t, p, "80 bound\n81 EACCES\n80 bound\n",
					"gobind: user gbalice may not bind tcp 0.0.0.0:81: no rule permits it\n"+
						"gobind: hint: as root, run: gobindctl permit gbalice tcp 0.0.0.0:81\n")
			})
		})
	}
}

// Root's own gobind takes the socket as each user that its programs become.
func TestBrokerForRoot(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	withoutSetuid(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		drops := `for u in 61001 61002; do setpriv --reuid=$u --regid=$u --clear-groups python3 -c "$0" 80; done`
		p := kit.Run(t, testenv.Root.Command(testenv.Install(t).Gobind(), "--launch="+mode, "sh", "-c", drops, kit.TryBind))
		if p.Out() != "80 bound\n80 EACCES\n" || !strings.Contains(p.Err(), "user gbbob may not bind tcp 0.0.0.0:80") {
			t.Errorf("%q\n%s", p.Out(), p.Err())
		}
	})
}

// A socket that closes at once, as systemd's does beyond its number of connections, is
// an error that says so, never a hang.
func TestBrokerCloses(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeAt(t, kit.BrokerSocket, []string{"true"})
	p := kit.Binds(t, under(t, "inplace", "setpriv", "--no-new-privs"), "80")
	if p.Out() != "80 EACCES\n" || !strings.HasPrefix(p.Err(), "gobind: cannot bind 0.0.0.0:80: gobind-helper does not serve: ") {
		t.Errorf("%q\n%s", p.Out(), p.Err())
	}
}

// Nobody at the broker socket, or a socket that nobody listens on, is told with the cure.
func TestBrokerIsNotThere(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	want := func(t *testing.T) {
		kit.InModes(t, func(t *testing.T, mode string) {
			p := kit.Binds(t, under(t, mode, "setpriv", "--no-new-privs"), "80")
			kit.WantOutput(t, p, "80 EACCES\n", "gobind: cannot bind 0.0.0.0:80: no_new_privs is set, which disables the setuid helper\n"+
				"gobind: hint: start gobind without it\n")
		})
	}
	t.Run("no socket", want)
	if err := os.MkdirAll("/run/systemd/system", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll("/run/systemd") })
	t.Run("under systemd", func(t *testing.T) {
		p := kit.Binds(t, under(t, "inplace", "setpriv", "--no-new-privs"), "80")
		if !strings.Contains(p.Err(), "\ngobind: hint: as root, run: systemctl enable --now gobind.socket") {
			t.Error(p.Err())
		}
	})
	_ = os.RemoveAll("/run/systemd")
	stale(t)
	t.Run("stale socket", want)
}

// stale leaves a socket file that nobody listens on.
func stale(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(kit.BrokerSocket), 0o755); err != nil {
		t.Fatal(err)
	}
	kit.MustRun(t, exec.Command("python3", "-c",
		`import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1])`, kit.BrokerSocket))
	kit.MustRun(t, exec.Command("chmod", "666", kit.BrokerSocket))
	t.Cleanup(func() { _ = os.Remove(kit.BrokerSocket) })
}
