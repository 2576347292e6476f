package hostile

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// otherRoot is a shell script that makes, in a mount namespace, another root directory
// of $1, like this one but for a false /etc/gobind that gives port 80 to everybody,
// and executes the other arguments in it.
func otherRoot(enter string) []string {
	return []string{"sh", "-ec", `root=$1; shift
mount --rbind / "$root"
mount -t tmpfs -o mode=755 tmpfs "$root/etc/gobind"
mkdir "$root/etc/gobind/byport"
install -m 755 /dev/null "$root/etc/gobind/byport/80"
` + enter, "sh"}
}

// entrances are the ways into another root.
var entrances = map[string]string{
	"chroot":     `exec chroot "$root" "$@"`,
	"pivot_root": `cd "$root"; pivot_root . .; umount -l .; cd /; exec "$@"`,
}

// H6: a root directory of Alice's own, in namespaces of her own, where she is root and
// /etc/gobind is hers: a helper that is started there serves nobody outside, and no
// other believes its policy. The same directory made by root is a grant.
func TestH6AnotherRoot(t *testing.T) {
	kit.RequireUnshare(t, "-Urm")
	testenv.Install(t)
	log := testenv.StartSyslog(t)
	asAlice := []string{"setpriv", fmt.Sprintf("--reuid=%d", testenv.Alice.UID), "--clear-groups"}
	for name, enter := range entrances {
		t.Run(name, func(t *testing.T) {
			script := append(otherRoot(enter), kit.DirOf(t, testenv.Alice))
			for _, c := range []struct {
				u             testenv.User
				argv          []string
				want, verdict string
			}{
				{testenv.Alice, slices.Concat([]string{"unshare", "-Urm"}, script), "not ready", ""},
				{testenv.Root, slices.Concat([]string{"unshare", "-m"}, script, asAlice), "bound", "verdict=permit uid=61001 "},
			} {
				p, channel := called(t, c.u, through(c.argv...))
				if got := bindsTruly(t, channel); got != c.want {
					t.Errorf("%s: %s, want %s; %s", c.u.Name, got, c.want, p.Err())
				}
				kit.Eventually(t, func() error {
					records := log.Records(fmt.Sprintf("gobind-helper[%d]:", p.Cmd.Process.Pid))
					if c.verdict == "" && len(records) == 0 {
						return nil
					}
					if len(records) != 1 || !strings.Contains(records[0], c.verdict) {
						return fmt.Errorf("%s: records %q, want %q", c.u.Name, records, c.verdict)
					}
					return nil
				})
			}
		})
	}
}

// H6: nor does it help a program under gobind to go into such a root, with a helper
// that was started outside; or to be started in it, with gobind and all.
func TestH6AnotherRootOfTarget(t *testing.T) {
	kit.RequireUnshare(t, "-Urm")
	gobind := testenv.Install(t).Gobind()
	for name, enter := range entrances {
		t.Run(name, func(t *testing.T) {
			kit.InModes(t, func(t *testing.T, mode string) {
				script := append(otherRoot(enter), kit.DirOf(t, testenv.Alice))
				inside := func(argv ...string) *exec.Cmd {
					all := slices.Concat([]string{"-Urm"}, script, []string{gobind, "--launch=" + mode, "--"}, argv)
					return testenv.Alice.Command("unshare", all...)
				}
				outside := func(argv ...string) *exec.Cmd {
					return kit.Under(t, testenv.Alice, mode, slices.Concat([]string{"unshare", "-Urm"}, script, argv)...)
				}
				for where, cmd := range map[string]func(argv ...string) *exec.Cmd{"inside": inside, "outside": outside} {
					if p := kit.Binds(t, cmd, "80"); p.Out() != "80 EACCES\n" {
						t.Errorf("gobind %s: stdout %q, stderr %q", where, p.Out(), p.Err())
					}
				}
			})
		})
	}
}
