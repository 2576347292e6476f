package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// tryBind is a Python program that prints what becomes of binds to the ports.
const tryBind = `import errno, socket, sys
for port in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if port.startswith("6:") else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("", int(port.removeprefix("6:"))))
        print(port, "bound")
    except OSError as e:
        print(port, errno.errorcode[e.errno])
`

// binds runs tryBind under gobind, and returns its output.
func binds(t *testing.T, cmd func(argv ...string) *exec.Cmd, ports ...string) *process {
	t.Helper()
	return run(t, cmd(append([]string{"python3", "-c", tryBind}, ports...)...))
}

// gobindAs is gobind in a launch mode, as a user.
func gobindAs(t *testing.T, u testenv.User, mode string) func(argv ...string) *exec.Cmd {
	t.Helper()
	return func(argv ...string) *exec.Cmd { return under(t, u, mode, argv...) }
}

// want compares the output and the diagnostics of a process.
func want(t *testing.T, p *process, stdout, stderr string) {
	t.Helper()
	if p.out() != stdout || p.err() != stderr {
		t.Errorf("stdout %q, want %q\nstderr:\n%swant:\n%s", p.out(), stdout, p.err(), stderr)
	}
}

// A refusal is told in two lines, once for each address and port; the second is
// a command that, run as root, permits the bind.
func TestRefusalIsTold(t *testing.T) {
	inModes(t, func(t *testing.T, mode string) {
		p := binds(t, gobindAs(t, testenv.Alice, mode), "80", "80", "6:443", "600")
		want(t, p, "80 EACCES\n80 EACCES\n6:443 EACCES\n600 EACCES\n", `gobind: user gbalice may not bind tcp 0.0.0.0:80: no rule permits it
gobind: hint: as root, run: install -o gbalice -m 500 /dev/null /etc/gobind/byport/80
gobind: user gbalice may not bind tcp [::]:443: no rule permits it
gobind: hint: as root, run: install -o gbalice -m 500 /dev/null /etc/gobind/byport/443
gobind: user gbalice may not bind tcp 0.0.0.0:600: no rule permits it
gobind: hint: as root, run: install -o gbalice -m 500 /dev/null '/etc/gobind/byport/!600'
`)
		for line := range strings.Lines(p.err()) {
			command, ok := strings.CutPrefix(line, "gobind: hint: as root, run: ")
			if !ok {
				continue
			}
			if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", command, err, out)
			}
		}
		defer clearPolicy(t)
		want(t, binds(t, gobindAs(t, testenv.Alice, mode), "80", "6:443", "600"), "80 bound\n6:443 bound\n600 bound\n", "")
	})
}

// clearPolicy removes all policy files.
func clearPolicy(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", "rm -rf /etc/authbind /etc/gobind/by*/*").CombinedOutput(); err != nil {
		t.Error(err, string(out))
	}
}

// Each reason has its words and its cure.
func TestReasons(t *testing.T) {
	testenv.Install(t)
	for name, c := range map[string]struct {
		setup, stderr string
		then          bool // the hint's command permits the bind
	}{
		"not executable": {
			"touch byport/80",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: setfacl -m u:gbalice:x /etc/gobind/byport/80\n", true,
		},
		"another's file": {
			"install -o gbbob -m 500 /dev/null byport/80",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: setfacl -m u:gbalice:x /etc/gobind/byport/80\n", true,
		},
		"writable byuid file": {
			"echo 0.0.0.0/0,80 >byuid/61001; chmod 666 byuid/61001",
			"/etc/gobind/byuid/61001 could be written by others than root\ngobind: hint: as root, run: chown root /etc/gobind/byuid/61001 && chmod go-w /etc/gobind/byuid/61001\n", true,
		},
		"another's byuid file": {
			"echo 0.0.0.0/0,80 >byuid/61001; chown gbalice byuid/61001",
			"/etc/gobind/byuid/61001 could be written by others than root\ngobind: hint: as root, run: chown root /etc/gobind/byuid/61001 && chmod go-w /etc/gobind/byuid/61001\n", true,
		},
		"byuid directory": {
			"mkdir byuid/61001",
			"cannot examine /etc/gobind/byuid/61001\ngobind: hint: as root, run: ls -lL /etc/gobind/byuid/61001\n", false,
		},
		"loop": {
			"ln -s 80 byport/80",
			"cannot examine /etc/gobind/byport/80\ngobind: hint: as root, run: ls -lL /etc/gobind/byport/80\n", false,
		},
	} {
		if out, err := exec.Command("sh", "-c", "cd /etc/gobind && "+c.setup).CombinedOutput(); err != nil {
			t.Fatal(name, err, string(out))
		}
		p := binds(t, gobindAs(t, testenv.Alice, launchModes()[0]), "80")
		t.Log(name)
		want(t, p, "80 EACCES\n", "gobind: user gbalice may not bind tcp 0.0.0.0:80: "+c.stderr)
		if c.then {
			_, command, _ := strings.Cut(c.stderr, "run: ")
			if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", command, err, out)
			}
			want(t, binds(t, gobindAs(t, testenv.Alice, launchModes()[0]), "80"), "80 bound\n", "")
		}
		clearPolicy(t)
	}
}

// Nothing is told with --quiet, under authbind's name, and to a program that
// binds nothing privileged.
func TestSilence(t *testing.T) {
	quiet := func(argv ...string) *exec.Cmd {
		return testenv.Alice.Command(testenv.Install(t).Gobind(), append([]string{"--quiet"}, argv...)...)
	}
	authbind := func(argv ...string) *exec.Cmd {
		return testenv.Alice.Command(testenv.Install(t).Authbind(), argv...)
	}
	want(t, binds(t, quiet, "80"), "80 EACCES\n", "")
	want(t, binds(t, authbind, "80"), "80 ENOENT\n", "") // there is no /etc/authbind
	want(t, binds(t, gobindAs(t, testenv.Alice, launchModes()[0]), "8080", "0"), "8080 bound\n0 bound\n", "")
}

// Names that a terminal might act on are quoted.
func TestHostileNames(t *testing.T) {
	testenv.Install(t)
	p := run(t, testenv.Alice.Command(testenv.Install(t).Gobind(), "no\x1b[31m\nprogram"))
	want(t, p, "", "gobind: \"no\\x1b[31m\\nprogram\": no such file or directory\n")
}

// gobind needs no policy directory, and no helper, for a program that binds
// nothing privileged.
func TestNothingIsNeeded(t *testing.T) {
	prefix := testenv.Install(t)
	for _, name := range []string{"/etc/gobind", prefix.Helper()} {
		if err := os.Rename(name, name+".away"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Rename(name+".away", name); err != nil {
				t.Error(err)
			}
		})
	}
	inModes(t, func(t *testing.T, mode string) {
		want(t, run(t, under(t, testenv.Alice, mode, "sh", "-c", "sleep 0.1; echo done")), "done\n", "")
		want(t, binds(t, gobindAs(t, testenv.Alice, mode), "8080"), "8080 bound\n", "")
		p := binds(t, gobindAs(t, testenv.Alice, mode), "80")
		want(t, p, "80 EACCES\n", fmt.Sprintf(
			"gobind: cannot bind 0.0.0.0:80: gobind-helper does not serve: start %s: no such file or directory\n", prefix.Helper()))
	})
}

// Usage errors and --help, --version.
func TestUsage(t *testing.T) {
	gobind := testenv.Install(t).Gobind()
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{nil, 125, "", "gobind: no program to start\ngobind: hint: try gobind --help\n"},
		{[]string{"--"}, 125, "", "gobind: no program to start\ngobind: hint: try gobind --help\n"},
		{[]string{"--nonsense", "true"}, 125, "", "gobind: unknown flag --nonsense\ngobind: hint: try gobind --help\n"},
		{[]string{"--launch=sideways", "true"}, 125, "", "gobind: --launch must be one of \"auto\",\"inplace\",\"parent\" but got \"sideways\"\ngobind: hint: try gobind --help\n"},
		{[]string{"--depth", "3", "--deep", "echo", "--deep"}, 0, "--deep\n", ""},
		{[]string{"-q", "--", "echo", "--", "x"}, 0, "-- x\n", ""},
	} {
		p := start(t, testenv.Alice.Command(gobind, c.args...))
		if got := p.wait(t).ExitCode(); got != c.status || p.out() != c.stdout || p.err() != c.stderr {
			t.Errorf("%q: status %d, stdout %q, stderr %q", c.args, got, p.out(), p.err())
		}
	}
	for _, flag := range []string{"--help", "--version"} {
		p := start(t, testenv.Alice.Command(gobind, flag))
		if status := p.wait(t).ExitCode(); status != 0 || p.err() != "" || !strings.Contains(p.out(), "gobind") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", flag, status, p.out(), p.err())
		}
	}
}
