package kernel

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/names"
	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
)

// Rules as they lie in /etc/gobind/rules.d count as they do for the helper, whatever
// is the matter with the files. Links are left to the helper.
func TestLoad(t *testing.T) {
	r := newRoom(t)
	alice := r.prober(testenv.Alice)
	fs, err := tree.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fs.Close)
	r.enable(r.compile())
	for name, test := range map[string]struct {
		commands string
		permits  bool // port 80
		narrower bool // to the kernel it does not
		private  bool // only with the helper's privilege
	}{
		"a rule":                            {"echo 'permit gbalice any *:80' >a.rules", true, false, false},
		"a group":                           {"echo 'permit :gbweb tcp *:80' >a.rules", true, false, false},
		"the last file has the word":        {"echo 'permit gbalice any *:80' >b.rules; echo 'deny * any *:*' >a.rules", true, false, false},
		"and denies":                        {"echo 'permit gbalice any *:80' >a.rules; echo 'deny * any *:*' >b.rules", false, false, false},
		"a stranger may be anybody unnamed": {"echo 'permit gbalice any *:80' >a.rules; echo 'deny nosuch any *:*' >b.rules", true, false, false},
		"readable by root alone":            {"echo 'permit gbalice any *:80' >a.rules; chmod 600 a.rules", true, false, true},
		"a hidden file is none":             {"echo 'permit gbalice any *:80' >a.rules; echo bad >.b.rules", true, false, false},
		"another name is none":              {"echo 'permit gbalice any *:80' >a.rules; echo bad >b.rule; mkdir c", true, false, false},
		"bad syntax denies":                 {"echo 'permit gbalice any *:80' >a.rules; echo bad >b.rules", false, false, false},
		"unless a later file permits":       {"echo bad >a.rules; echo 'permit gbalice any *:80' >b.rules", true, false, false},
		"writable by others":                {"echo 'permit gbalice any *:80' >a.rules; chmod 664 a.rules", false, false, false},
		"somebody's":                        {"echo 'permit gbalice any *:80' >a.rules; chown gbbob a.rules", false, false, false},
		"a directory":                       {"echo 'permit gbalice any *:80' >a.rules; mkdir b.rules", false, false, false},
		"a FIFO":                            {"echo 'permit gbalice any *:80' >a.rules; mkfifo b.rules", false, false, false},
		"too large":                         {"echo 'permit gbalice any *:80' >a.rules; truncate -s 9M b.rules", false, false, false},
		"a link that leads nowhere":         {"echo 'permit gbalice any *:80' >a.rules; ln -s nowhere b.rules", false, false, false},
		"a link":                            {"echo 'permit gbalice any *:80' >x; ln -s x a.rules", true, true, false},
		"rules.d writable by others":        {"echo 'permit gbalice any *:80' >a.rules; chmod 777 .", false, false, false},
		"gobind writable by others":         {"echo 'permit gbalice any *:80' >a.rules; chmod 777 ..", false, false, false},
		"no rules, and a tree":              {"cd ..; rmdir rules.d; install -o gbalice -m 500 /dev/null byport/80", true, false, false},
		"rules.d is a file, and a tree":     {"cd ..; rmdir rules.d; touch rules.d; install -o gbalice -m 500 /dev/null byport/80", false, false, false},
	} {
		clean(t)
		err := errors.Join(os.Chmod("/etc/gobind", 0o755), os.Mkdir("/etc/gobind/rules.d", 0o755))
		cmd := exec.Command("sh", "-ec", "umask 022; "+test.commands)
		cmd.Dir = "/etc/gobind/rules.d"
		if out, failed := cmd.CombinedOutput(); err != nil || failed != nil {
			t.Fatalf("%s: %v, %v\n%s", name, err, failed, out)
		}
		r.reload(Load(fs, names.Of("/"), treeDirs...))
		req := request(policy.ProtocolTCP, "127.0.0.1", 80)
		asked := tryOf(req)
		asked.Judge = 1
		if got := alice.try(t, asked) == 0; got != test.permits && !test.private {
			t.Errorf("%s: the helper permits: %v", name, got)
		}
		want := unix.EACCES
		if test.permits && !test.narrower {
			want = 0
		}
		if got := alice.bind(t, req); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	clean(t)
}
