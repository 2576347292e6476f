package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
gobind: hint: as root, run: gobindctl permit gbalice tcp 0.0.0.0:80
gobind: user gbalice may not bind tcp [::]:443: no rule permits it
gobind: hint: as root, run: gobindctl permit gbalice tcp '*:443'
gobind: user gbalice may not bind tcp 0.0.0.0:600: no rule permits it
gobind: hint: as root, run: gobindctl permit gbalice tcp 0.0.0.0:600
`)
		for line := range strings.Lines(p.Err()) {
			command, ok := strings.CutPrefix(line, "gobind: hint: as root, run: ")
			if !ok {
				continue
			}
			asRoot(t, command)
		}
		defer clearAll(t)
		kit.WantOutput(t, kit.Binds(t, kit.GobindAs(t, testenv.Alice, mode), "80", "6:443", "600"), "80 bound\n6:443 bound\n600 bound\n", "")
	})
}

// asRoot runs a command of a hint's, where gobindctl is installed.
func asRoot(t *testing.T, command string) {
	t.Helper()
	sbin := filepath.Dir(testenv.Install(t).Gobindctl())
	if out, err := exec.Command("sh", "-c", "PATH="+sbin+":$PATH; "+command).CombinedOutput(); err != nil {
		t.Errorf("%s: %v %s", command, err, out)
	}
}

// clearAll removes all policy, rules too.
func clearAll(t *testing.T) {
	t.Helper()
	kit.ClearPolicy(t)
	asRoot(t, "rm -rf /etc/gobind/rules.d/* && chmod 755 /etc/gobind/*/")
}

// Each reason has its words and its cure, which is exact: where it is a command of
// root's that permits the bind, it is run.
func TestReasons(t *testing.T) {
	testenv.Install(t)
	for name, c := range map[string]struct {
		bind, setup, stderr string
		then                bool // the hint's command permits the bind
	}{
		"nobody's file": {
			"80", "touch byport/80",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: chown gbalice /etc/gobind/byport/80 && chmod u+x /etc/gobind/byport/80\n", true,
		},
		"the user's own file": {
			"80", "install -o gbalice -m 600 /dev/null byport/80",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: chmod u+x /etc/gobind/byport/80\n", true,
		},
		"another's file": {
			"80", "install -o gbbob -m 500 /dev/null byport/80",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: setfacl -m u:gbalice:x /etc/gobind/byport/80\n", true,
		},
		"another's file, with the mark": {
			"600", "install -o gbbob -m 500 /dev/null 'byport/!600'",
			"/etc/gobind/byport/!600 is not executable by the user\ngobind: hint: as root, run: setfacl -m u:gbalice:x '/etc/gobind/byport/!600'\n", true,
		},
		"closed directory": {
			"80", "chmod 700 byport; echo 0.0.0.0/0,80 >byuid/61001",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: chmod a+x /etc/gobind /etc/gobind/byport\n", true,
		},
		"a file on a file system mounted noexec": {
			"80", "mount --bind byport byport; mount -o remount,bind,noexec byport; install -o gbalice -m 500 /dev/null byport/80",
			"/etc/gobind/byport/80 is not executable by the user\ngobind: hint: as root, run: gobindctl permit gbalice tcp 0.0.0.0:80\n", true,
		},
		"another's file of an address": {
			"6:443", "install -o gbbob -m 500 /dev/null byaddr/::,443",
			"/etc/gobind/byaddr/::,443 is not executable by the user\ngobind: hint: as root, run: setfacl -m u:gbalice:x /etc/gobind/byaddr/::,443\n", true,
		},
		"without the mark": {
			"600", "install -o gbalice -m 500 /dev/null byport/600",
			"no rule permits it\ngobind: hint: as root, run: mv /etc/gobind/byport/600 '/etc/gobind/byport/!600'\n", true,
		},
		"with the mark": {
			"80", "install -o gbalice -m 500 /dev/null 'byaddr/!0.0.0.0,80'",
			"no rule permits it\ngobind: hint: as root, run: mv '/etc/gobind/byaddr/!0.0.0.0,80' /etc/gobind/byaddr/0.0.0.0,80\n", true,
		},
		"a line that nearly matches": {
			"80", "echo 0.0.0.0/53/53 >byuid/61001; echo 0.0.0.0/0,80 '# web' >>byuid/61001",
			"no rule permits it\ngobind: hint: /etc/gobind/byuid/61001:2 is about that port; why not about this bind: gobindctl check --explain gbalice tcp 0.0.0.0:80\n", false,
		},
		"a line for one family": {
			"6:443", "echo 0.0.0.0/0,1-511 >byuid/61001",
			"no rule permits it\ngobind: hint: /etc/gobind/byuid/61001:1 is about that port; why not about this bind: gobindctl check --explain gbalice tcp '[::]:443'\n", false,
		},
		"a line in the other file": {
			"600", "echo 0.0.0.0/0,1-1023 >byuid/61001",
			"no rule permits it\ngobind: hint: /etc/gobind/byuid/61001:1 is about that port; why not about this bind: gobindctl check --explain gbalice tcp 0.0.0.0:600\n", false,
		},
		"a line about something else": {
			"80", "echo 0.0.0.0/0,81-90 >byuid/61001; echo '# port 80' >>byuid/61001",
			"no rule permits it\ngobind: hint: as root, run: gobindctl permit gbalice tcp 0.0.0.0:80\n", true,
		},
		"writable byuid file": {
			"80", "echo 0.0.0.0/0,80 >byuid/61001; chmod 666 byuid/61001",
			"/etc/gobind/byuid/61001 could be written by others than root\ngobind: hint: as root, run: chown root /etc/gobind/byuid/61001 && chmod go-w /etc/gobind/byuid/61001\n", true,
		},
		"another's byuid file": {
			"80", "echo 0.0.0.0/0,80 >byuid/61001; chown gbalice byuid/61001",
			"/etc/gobind/byuid/61001 could be written by others than root\ngobind: hint: as root, run: chown root /etc/gobind/byuid/61001 && chmod go-w /etc/gobind/byuid/61001\n", true,
		},
		"byuid directory": {
			"80", "mkdir byuid/61001",
			"cannot examine /etc/gobind/byuid/61001\ngobind: hint: as root, run: gobindctl lint\n", false,
		},
		"loop": {
			"80", "ln -s 80 byport/80",
			"cannot examine /etc/gobind/byport/80\ngobind: hint: as root, run: gobindctl lint\n", false,
		},
		"a rule that denies": {
			"80", "echo 'deny gbalice tcp *:80' >rules.d/10-a.rules",
			"/etc/gobind/rules.d/10-a.rules:1 denies it\ngobind: hint: as root, run: gobindctl edit 10-a.rules\n", false,
		},
		"no rule": {
			"80", "echo allow gbalice >rules.d/10-a.rules",
			"/etc/gobind/rules.d/10-a.rules:1 is no rule\ngobind: hint: as root, run: gobindctl lint\n", false,
		},
		"a rule for one family": {
			"6:443", "echo 'permit gbalice tcp [::]:443' >rules.d/10-a.rules",
			"/etc/gobind/rules.d/10-a.rules:1 permits one of the families that [::] takes, and nothing permits both\n" +
				"gobind: hint: as root, run: gobindctl permit gbalice tcp '*:443'\n", true,
		},
		"writable rules": {
			"80", "echo 'permit gbalice tcp *:80' >rules.d/10-a.rules; chmod 666 rules.d/10-a.rules",
			"/etc/gobind/rules.d/10-a.rules could be written by others than root\n" +
				"gobind: hint: as root, run: chown root /etc/gobind/rules.d/10-a.rules && chmod go-w /etc/gobind/rules.d/10-a.rules\n", true,
		},
	} {
		t.Log(name)
		asRoot(t, "mkdir -p /etc/gobind/rules.d; cd /etc/gobind && "+c.setup)
		where := "0.0.0.0:" + c.bind
		if port, v6 := strings.CutPrefix(c.bind, "6:"); v6 {
			where = "[::]:" + port
		}
		p := kit.Binds(t, kit.GobindAs(t, testenv.Alice, kit.LaunchModes()[0]), c.bind)
		kit.WantOutput(t, p, c.bind+" EACCES\n", "gobind: user gbalice may not bind tcp "+where+": "+c.stderr)
		if c.then {
			_, command, _ := strings.Cut(c.stderr, "run: ")
			asRoot(t, command)
			kit.WantOutput(t, kit.Binds(t, kit.GobindAs(t, testenv.Alice, kit.LaunchModes()[0]), c.bind), c.bind+" bound\n", "")
		}
		if _, command, ok := strings.Cut(c.stderr, "this bind: "); ok {
			explain := exec.Command("sh", "-c", filepath.Dir(testenv.Install(t).Gobindctl())+"/"+command)
			if out, err := explain.CombinedOutput(); explain.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "byuid/") {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
		}
		asRoot(t, "if mountpoint -q /etc/gobind/byport; then umount /etc/gobind/byport; fi")
		clearAll(t)
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
