package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// A refusal is told in two lines, once for each address and port; the second is
// a command that, run as root, permits the bind.
func TestRefusalIsTold(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Binds(t, kit.GobindAs(t, testenv.Alice, mode), "80", "80", "6:443", "600")
		kit.WantOutput(t, p, "80 EACCES\n80 EACCES\n6:443 EACCES\n600 EACCES\n", `gobind: user gbalice may not bind tcp 0.0.0.0:80: no rule permits it
gobind: hint: as root, run: install -o gbalice -m 500 /dev/null /etc/gobind/byport/80
gobind: user gbalice may not bind tcp [::]:443: no rule permits it
gobind: hint: as root, run: install -o gbalice -m 500 /dev/null /etc/gobind/byport/443
gobind: user gbalice may not bind tcp 0.0.0.0:600: no rule permits it
gobind: hint: as root, run: install -o gbalice -m 500 /dev/null '/etc/gobind/byport/!600'
`)
		for line := range strings.Lines(p.Err()) {
			command, ok := strings.CutPrefix(line, "gobind: hint: as root, run: ")
			if !ok {
				continue
			}
			if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", command, err, out)
			}
		}
		defer kit.ClearPolicy(t)
		kit.WantOutput(t, kit.Binds(t, kit.GobindAs(t, testenv.Alice, mode), "80", "6:443", "600"), "80 bound\n6:443 bound\n600 bound\n", "")
	})
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
		p := kit.Binds(t, kit.GobindAs(t, testenv.Alice, kit.LaunchModes()[0]), "80")
		t.Log(name)
		kit.WantOutput(t, p, "80 EACCES\n", "gobind: user gbalice may not bind tcp 0.0.0.0:80: "+c.stderr)
		if c.then {
			_, command, _ := strings.Cut(c.stderr, "run: ")
			if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", command, err, out)
			}
			kit.WantOutput(t, kit.Binds(t, kit.GobindAs(t, testenv.Alice, kit.LaunchModes()[0]), "80"), "80 bound\n", "")
		}
		kit.ClearPolicy(t)
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
	kit.WantOutput(t, kit.Binds(t, quiet, "80"), "80 EACCES\n", "")
	kit.WantOutput(t, kit.Binds(t, authbind, "80"), "80 ENOENT\n", "") // there is no /etc/authbind
	kit.WantOutput(t, kit.Binds(t, kit.GobindAs(t, testenv.Alice, kit.LaunchModes()[0]), "8080", "0"), "8080 bound\n0 bound\n", "")
}

// Names that a terminal might act on are quoted.
func TestHostileNames(t *testing.T) {
	testenv.Install(t)
	p := kit.Run(t, testenv.Alice.Command(testenv.Install(t).Gobind(), "no\x1b[31m\nprogram"))
	kit.WantOutput(t, p, "", "gobind: \"no\\x1b[31m\\nprogram\": no such file or directory\n")
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
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.WantOutput(t, kit.Run(t, kit.Under(t, testenv.Alice, mode, "sh", "-c", "sleep 0.1; echo done")), "done\n", "")
		kit.WantOutput(t, kit.Binds(t, kit.GobindAs(t, testenv.Alice, mode), "8080"), "8080 bound\n", "")
		p := kit.Binds(t, kit.GobindAs(t, testenv.Alice, mode), "80")
		kit.WantOutput(t, p, "80 EACCES\n", fmt.Sprintf(
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
		p := kit.Start(t, testenv.Alice.Command(gobind, c.args...))
		if got := p.Wait(t).ExitCode(); got != c.status || p.Out() != c.stdout || p.Err() != c.stderr {
			t.Errorf("%q: status %d, stdout %q, stderr %q", c.args, got, p.Out(), p.Err())
		}
	}
	for _, flag := range []string{"--help", "--version"} {
		p := kit.Start(t, testenv.Alice.Command(gobind, flag))
		if status := p.Wait(t).ExitCode(); status != 0 || p.Err() != "" || !strings.Contains(p.Out(), "gobind") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", flag, status, p.Out(), p.Err())
		}
	}
}
