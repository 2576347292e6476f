package unit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var programs = Programs{Gobind: "/usr/bin/gobind", Supervisor: "/usr/libexec/gobind/gobind-supervisor", Socket: "/run/gobind/helper.sock"}

// system is an image with these files.
func system(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(target, file)
		} else {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const lib, etc = "/usr/lib/systemd/system/", "/etc/systemd/system/"

// planned is the drop-in's section [Service], or the reason of the refusal.
func planned(t *testing.T, files map[string]string, name string) string {
	t.Helper()
	u, err := Load(system(t, files), name, nil)
	var d DropIn
	if err == nil {
		d, err = u.Plan(programs)
	}
	var refusal *RefusalError
	if errors.As(err, &refusal) {
		return string(refusal.Why)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(d.Text, "[Service]\n")
	if (d.Socket && d.Text != "") != strings.Contains(d.Text, "\n[Unit]\nWants=gobind.socket\nAfter=gobind.socket\n") {
		t.Errorf("socket %t: %s", d.Socket, d.Text)
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "|")
}

// What becomes of a command, and which there is none for.
func TestPlanCommands(t *testing.T) {
	const g = "/usr/bin/gobind "
	for exec, want := range map[string]string{
		"/bin/a -x \"b c\" $D":        g + "/bin/a -x \"b c\" $D",
		"-:/bin/a":                    "-:" + g + "/bin/a",
		"!!/bin/a":                    "!!" + g + "/bin/a",
		"\"/bin/a b\" c":              g + "\"/bin/a b\" c",
		"a b":                         g + "a b",
		"@/bin/a /bin/a b":            g + "/bin/a b",
		"-@/bin/a '/bin/a' b":         "-" + g + "/bin/a b",
		"@/bin/a a b":                 string(NamedArgument),
		"|/bin/a":                     string(NamedArgument),
		"${A}/a":                      string(Variable),
		":${A}/a":                     ":" + g + "${A}/a",
		"+/bin/a":                     string(Privileged),
		"!/bin/a":                     string(Privileged),
		"/bin/a \\\n  # no\n  b":      g + "/bin/a b",
		"/bin/a %i \\; b":             g + "/bin/a %i \\; b",
		"/usr/bin/gobind /bin/a":      "",
		"-/usr/local/bin/gobind -q a": "",
		"":                            string(NoCommand),
	} {
		got := planned(t, map[string]string{lib + "a.service": "[Service]\nUser=u\nExecStart=" + exec + "\n"}, "a")
		if strings.Contains(want, g) {
			want = "ExecStart=|ExecStart=" + want
		}
		if got != want {
			t.Errorf("%s: %s, want %s", exec, got, want)
		}
	}
	several := "[Service]\nType=oneshot\nUser=u\nExecStart=/bin/a ; /bin/b ';' c\nExecStart=+/bin/root\nExecStart=-/bin/d\n"
	want := "ExecStart=|ExecStart=" + g + "/bin/a|ExecStart=" + g + "/bin/b ';' c|ExecStart=+/bin/root|ExecStart=-" + g + "/bin/d"
	if got := planned(t, map[string]string{etc + "a.service": several}, "a.service"); got != want {
		t.Errorf("several: %s", got)
	}
}

// What the sandbox of a unit needs beside it, and what no drop-in makes good.
func TestPlanSandbox(t *testing.T) {
	for sandbox, want := range map[string]string{
		"User=u":                                          "",
		"User=root":                                       string(RootUser),
		"":                                                string(RootUser),
		"DynamicUser=yes":                                 "",
		"User=u|PrivateUsers=yes":                         string(Sandbox),
		"User=u|PrivateNetwork=yes":                       "", // the setuid helper is in it
		"DynamicUser=1|PrivateNetwork=yes":                string(Sandbox),
		"User=u|RootDirectory=/srv":                       string(Sandbox),
		"User=u|InaccessiblePaths=-/usr/bin":              string(Sandbox),
		"User=u|NoNewPrivileges=yes":                      "",
		"User=u|AmbientCapabilities=CAP_KILL":             "",
		"User=u|SystemCallFilter=@system-service":         "SystemCallFilter=pidfd_getfd seccomp",
		"User=u|SystemCallFilter=~@clock":                 "",
		"User=u|RestrictAddressFamilies=AF_INET AF_INET6": "RestrictAddressFamilies=AF_UNIX",
		"User=u|AmbientCapabilities=CAP_NET_BIND_SERVICE": "AmbientCapabilities=",
		"User=u|AmbientCapabilities=CAP_KILL cap_net_bind_service":                     "AmbientCapabilities=|AmbientCapabilities=CAP_KILL",
		"User=u|AmbientCapabilities=~CAP_KILL":                                         string(Sandbox),
		"User=u|NoExecPaths=/|ExecPaths=/usr/sbin /usr/lib":                            "ExecPaths=/usr/bin/gobind /usr/libexec/gobind",
		"User=u|NoNewPrivileges=1|TemporaryFileSystem=/run:ro":                         "BindReadOnlyPaths=/run/gobind",
		"User=u|CapabilityBoundingSet=|TemporaryFileSystem=/run|BindPaths=/run/gobind": "",
	} {
		lines := strings.ReplaceAll(sandbox, "|", "\n")
		got := planned(t, map[string]string{lib + "a.service": "[Service]\nExecStart=/bin/a\n" + lines + "\n"}, "a")
		if want != string(Sandbox) && want != string(RootUser) {
			want = strings.TrimSuffix("ExecStart=|ExecStart=/usr/bin/gobind /bin/a|"+want, "|")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", sandbox, got, want)
		}
	}
}

// Files are found where systemd finds them, and in its order.
func TestFiles(t *testing.T) {
	const one = "[Service]\nUser=u\nExecStart=/bin/one\n"
	const two = "ExecStart=|ExecStart=/usr/bin/gobind /bin/two"
	for name, test := range map[string]struct {
		files map[string]string
		unit  string
		want  string
	}{
		"etc before lib":   {map[string]string{lib + "a.service": one, etc + "a.service": strings.ReplaceAll(one, "one", "two")}, "a", two},
		"drop-in":          {map[string]string{lib + "a.service": one, lib + "a.service.d/b.conf": "[Service]\nExecStart=\nExecStart=/bin/two"}, "a", two},
		"masked drop-in":   {map[string]string{lib + "a.service": strings.ReplaceAll(one, "one", "two"), lib + "a.service.d/b.conf": "[Service]\nExecStart=", etc + "a.service.d/b.conf": "-> /dev/null"}, "a", two},
		"of all services":  {map[string]string{lib + "a.service": one, etc + "service.d/b.conf": "[Service]\nExecStart=\nExecStart=/bin/two"}, "a", two},
		"of a prefix":      {map[string]string{lib + "a-b.service": one, etc + "a-.service.d/b.conf": "[Service]\nExecStart=\nExecStart=/bin/two"}, "a-b", two},
		"alias":            {map[string]string{lib + "a.service": strings.ReplaceAll(one, "one", "two"), etc + "b.service": "-> " + lib + "a.service"}, "b", two},
		"instance":         {map[string]string{lib + "a@.service": strings.ReplaceAll(one, "one", "two")}, "a@b", two},
		"template":         {map[string]string{lib + "a@.service": strings.ReplaceAll(one, "one", "two")}, "a@", two},
		"masked":           {map[string]string{lib + "a.service": one, etc + "a.service": "-> /dev/null"}, "a", string(Masked)},
		"none":             {map[string]string{lib + "a.service": one}, "b", string(NoUnit)},
		"no name":          {nil, "../a", string(BadName)},
		"a socket":         {nil, "a.socket", string(BadName)},
		"later":            {map[string]string{lib + "a.service": one, etc + "a.service.d/override.conf": "[Service]\nExecStart=\nExecStart=/bin/two"}, "a", string(Overruled)},
		"later capability": {map[string]string{lib + "a.service": one, etc + "a.service.d/x.conf": "[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE"}, "a", string(Overruled)},
		"its own":          {map[string]string{lib + "a.service": strings.ReplaceAll(one, "one", "two"), etc + "a.service.d/gobind.conf": mark + "\n[Service]\nExecStart=\nExecStart=/usr/bin/gobind /bin/old"}, "a", two},
	} {
		if got := planned(t, test.files, test.unit); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// A manager's word counts, but not for what gobindctl's own drop-in has changed.
func TestShow(t *testing.T) {
	root := system(t, map[string]string{
		lib + "a.service": "[Service]\nUser=u\nExecStart=/bin/a\nSystemCallFilter=@system-service\n",
	})
	show := func(name string, _ []string) (string, error) {
		return "Id=" + name + "\nLoadState=loaded\nUser=u\nFragmentPath=" + lib + name + "\nDropInPaths=\nNeedDaemonReload=yes\n" +
			"NoNewPrivileges=no\nPrivateUsers=no\nSystemCallFilter=read write seccomp\nRestrictAddressFamilies=~AF_UNIX\n" +
			"RestrictNamespaces=no\nCapabilityBoundingSet=cap_chown cap_kill\nRestrictRealtime=yes\n", nil
	}
	u, err := Load(root, "a", show)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(u.NoNewPrivs(), " ")
	if want := "SystemCallFilter= RestrictAddressFamilies= RestrictRealtime=yes"; got != want {
		t.Errorf("no_new_privs by %s, want %s", got, want)
	}
	if !u.Stale || !u.Live || !u.BoundsCapability() || !u.LacksUnix() || len(u.RefusedCalls()) != len(calls)-1 || u.UserNamespace() != "" {
		t.Errorf("%+v", u)
	}
	d, err := u.Plan(programs)
	if err != nil || !strings.Contains(d.Text, "SystemCallFilter=pidfd_getfd seccomp\n") {
		t.Errorf("%v: %s", err, d.Text)
	}
	for state, want := range map[string]Why{"masked": Masked, "not-found": NoUnit} {
		_, err := Load(root, "a", func(string, []string) (string, error) { return "Id=a.service\nLoadState=" + state + "\n", nil })
		var refusal *RefusalError
		if !errors.As(err, &refusal) || refusal.Why != want {
			t.Errorf("%s: %v", state, err)
		}
	}
	if u, err := Load(root, "a", func(string, []string) (string, error) { return "", ErrNoManager }); err != nil || u.Live {
		t.Errorf("no manager: %+v, %v", u, err)
	}
}

func TestHides(t *testing.T) {
	u := &Unit{service: settings{
		"InaccessiblePaths": {"-/srv /opt"}, "TemporaryFileSystem": {"/run:ro /var"}, "BindReadOnlyPaths": {"/run/gobind /x:/var/y"},
		"ProtectHome": {"yes"}, "NoExecPaths": {"/"}, "ExecPaths": {"/usr/bin"},
	}}
	for name, want := range map[string]string{
		"/srv/a": "InaccessiblePaths=-/srv", "/optional": "", "/run/gobind/helper.sock": "", "/run/x": "TemporaryFileSystem=/run:ro",
		"/var/y/z": "", "/home/a/bin/gobind": "ProtectHome=yes", "/usr/bin/gobind": "",
	} {
		if got := u.Hides(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if u.ForbidsExec("/usr/bin/gobind") != "" || u.ForbidsExec("/usr/libexec/x") != "NoExecPaths=/" {
		t.Error("NoExecPaths")
	}
}
