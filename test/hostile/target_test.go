package hostile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// S8: a target has the descriptors that gobind was given, and no other: there is
// nothing of gobind's that it could read, write or close.
func TestS8Descriptors(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	const list = `import os, socket, sys
for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
    try: print(fd, os.readlink("/proc/self/fd/%d" % fd).replace("/proc/%d/" % os.getpid(), "/proc/PID/"))
    except OSError: pass
sys.stdout.flush()
os.closerange(3, 4096)
s = socket.socket()
s.bind(("127.0.0.1", 80 if len(sys.argv) > 1 else 8080))
`
	for name, shell := range map[string]string{
		"none":    `exec "$@"`,
		"some":    `exec 3</dev/null 4>/dev/full 10</etc/hostname 250</etc/passwd 1000</; exec "$@"`,
		"low":     `exec 0<&-; exec "$@"`,
		"no free": `for i in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do eval "exec $i</dev/null"; done; exec "$@"`,
	} {
		t.Run(name, func(t *testing.T) {
			native := kit.Run(t, kit.Native(testenv.Alice, "bash", "-c", shell, "sh", "python3", "-c", list))
			kit.InModes(t, func(t *testing.T, mode string) {
				gobind := testenv.Install(t).Gobind()
				cmd := testenv.Alice.Command("bash", "-c", shell, "sh", gobind, "--launch="+mode, "--", "python3", "-c", list, "80")
				p := kit.Run(t, cmd)
				if got, want := descriptors(p), descriptors(native); got != want || p.Err() != "" {
					t.Errorf("got\n%swant\n%sstderr %s", got, want, p.Err())
				}
			})
		})
	}
}

// descriptors is the list of a process without the files that kit made for it.
func descriptors(p *kit.Process) string {
	var kept strings.Builder
	for line := range strings.Lines(p.Out()) {
		if !strings.HasPrefix(line, "1 /") && !strings.HasPrefix(line, "2 /") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// S9: what cannot be started is 127 or 126, is said in one line, and leaves nothing
// running. What the kernel takes for no program is the shell's, as with execvp(3).
func TestS9StartFailures(t *testing.T) {
	testenv.Install(t)
	dir := kit.DirOf(t, testenv.Alice)
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(file, []byte(text), mode), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		return file
	}
	many := make([]string, 100_000)
	for i := range many {
		many[i] = "x"
	}
	for name, c := range map[string]struct {
		argv []string
		want int
		ours bool // gobind says why
	}{
		"not found":              {[]string{"/nowhere/x"}, 127, true},
		"not in PATH":            {[]string{"gobind-test-no-such-program"}, 127, true},
		"empty name":             {[]string{""}, 127, true},
		"a directory":            {[]string{"/etc"}, 126, true},
		"not executable":         {[]string{write("plain", "x", 0o644)}, 126, true},
		"in a closed directory":  {[]string{"/root/x"}, 126, true},
		"behind a file":          {[]string{"/etc/passwd/x"}, 127, true},
		"no #!":                  {[]string{write("script", "exit 7\n", 0o755)}, 7, false},
		"an empty file":          {[]string{write("empty", "", 0o755)}, 0, false},
		"a broken ELF file":      {[]string{write("elf", "\x7fELF\x02\x01\x01", 0o755)}, 127, false},
		"no interpreter":         {[]string{write("lost", "#!/nowhere/x\n", 0o755)}, 127, true},
		"a name too long":        {[]string{"/" + strings.Repeat("x", 5000)}, 126, true},
		"100,000 arguments":      {append([]string{"true"}, many...), 0, false},
		"of a status of its own": {[]string{"sh", "-c", "exit 126"}, 126, false},
	} {
		t.Run(name, func(t *testing.T) {
			kit.InModes(t, func(t *testing.T, mode string) {
				cmd := kit.Under(t, testenv.Alice, mode, c.argv...)
				p := kit.Run(t, cmd)
				if got := p.Cmd.ProcessState.ExitCode(); got != c.want {
					t.Errorf("exit status %d, want %d; stderr %.300q", got, c.want, p.Err())
				}
				ours := strings.Count(p.Err(), "\n") == 1 && strings.HasPrefix(p.Err(), "gobind: ")
				if ours != c.ours {
					t.Errorf("stderr %.300q", p.Err())
				}
				kit.Eventually(t, func() error {
					left := append(kit.Supervisors(t), kit.Named(t, "gobind-helper")...)
					if left = append(left, kit.Named(t, "gobind")...); len(left) > 0 {
						return fmt.Errorf("%v are left", left)
					}
					return nil
				})
			})
		})
	}
}

// S10: a setuid program in the target has no privilege, and so cannot bind as root;
// started by root, the filter comes without no_new_privs, and it keeps what it has.
func TestS10Setuid(t *testing.T) {
	testenv.Install(t)
	program := filepath.Join(kit.DirOf(t, testenv.Alice), "id")
	kit.MustRun(t, exec.Command("install", "-m", "4755", "/usr/bin/id", program))
	if p := kit.Run(t, kit.Native(testenv.Alice, program, "-u")); p.Out() != "0\n" {
		t.Fatalf("without gobind: %q", p.Out())
	}
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.WantOutput(t, kit.Run(t, kit.Under(t, testenv.Alice, mode, program, "-u")), "61001\n", "")
		root := kit.Under(t, testenv.Root, mode, "setpriv", "--reuid=61001", "--clear-groups", program, "-u")
		kit.WantOutput(t, kit.Run(t, root), "0\n", "")
	})
}

// hostileName is what a terminal would obey and a log would break at.
const hostileName = "\x1b[31m\x1b]0;x\a\n\"=\x9b2J"

// S11: whatever the program, its file and the user are called, diagnostics and
// audit records are plain text.
func TestS11Escapes(t *testing.T) {
	kit.Grant(t, "81", testenv.Bob)
	log := testenv.StartSyslog(t)
	passwd := kit.Contents("/etc/passwd")
	t.Cleanup(func() { kit.Write(t, "/etc/passwd", passwd) })
	evil := testenv.User{Name: "evil", UID: 61070, GID: 61070}
	kit.Write(t, "/etc/passwd", passwd+fmt.Sprintf("%s:x:%d:%d::/:/bin/sh\n", strings.ReplaceAll(hostileName, "\n", "\r"), evil.UID, evil.GID))
	dir := kit.DirOf(t, testenv.Alice)
	named := filepath.Join(dir, strings.ReplaceAll(hostileName, "/", ""))
	if err := os.Symlink("/usr/bin/python3", named); err != nil {
		t.Fatal(err)
	}
	const bind = `import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, sys.argv[1].encode("utf8", "surrogateescape"), 0, 0, 0)
for port in 80, 81:
    try: socket.socket().bind(("127.0.0.1", port))
    except OSError: pass
`
	kit.InModes(t, func(t *testing.T, mode string) {
		for _, argv := range [][]string{
			{named, "-c", bind, hostileName},
			{named, "-c", bind, "a\nUid:\t0\t0\t0\t0"},
			{filepath.Join(dir, hostileName, "nowhere")},
			{hostileName},
			{"--" + hostileName},
		} {
			cmd := kit.Under(t, evil, mode, argv...)
			cmd.Dir = "/"
			p := kit.Run(t, cmd)
			wantPlain(t, p.Err())
			if !strings.HasPrefix(p.Err(), "gobind: ") {
				t.Errorf("%q: stderr %q", argv, p.Err())
			}
		}
	})
	records := log.Records("gobind-helper[")
	if len(records) < 4 {
		t.Errorf("records: %q", records)
	}
	for _, record := range records {
		wantPlain(t, record)
		if strings.Contains(record, "\n") || !strings.Contains(record, " uid=61070 ") {
			t.Errorf("record %q", record)
		}
	}
}

// wantPlain checks that a text is printable ASCII in lines.
func wantPlain(t *testing.T, text string) {
	t.Helper()
	for _, c := range []byte(text) {
		if c != '\n' && (c < ' ' || c > '~') {
			t.Errorf("%#x in %q", c, text)
			return
		}
	}
}
