package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// Policy counts as it is at the moment of each bind.
func TestPolicyChangesWhileRunning(t *testing.T) {
	const file, byuid = "/etc/gobind/byport/80", "/etc/gobind/byuid/61001"
	sh := func(t *testing.T, script string) {
		t.Helper()
		if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
	}
	kit.InModes(t, func(t *testing.T, mode string) {
		defer kit.ClearPolicy(t)
		a := kit.StartAsker(t, mode)
		a.Want(t, "EACCES")
		for _, c := range []struct{ script, want string }{
			{"install -o gbalice -m 500 /dev/null " + file, "bound"},
			{"chmod 400 " + file, "EACCES"},
			{"rm " + file, "EACCES"},
			{"echo 127.0.0.1,80 >" + byuid, "bound"},
			{"echo 127.0.0.2,80 >" + byuid, "EACCES"},
			{"echo 127.0.0.0/8,80 >>" + byuid, "bound"},
			{"chmod 600 " + byuid, "bound"}, // the helper reads it, the user cannot
			{"rm " + byuid, "EACCES"},
			{"umask 077; echo 127.0.0.1,80 >" + byuid + ".new; mv " + byuid + ".new " + byuid, "bound"},
			{"umask 077; echo 127.0.0.1,81 >" + byuid + ".new; mv " + byuid + ".new " + byuid, "EACCES"},
			{"umask 077; echo 127.0.0.1,80 >" + byuid + ".new; mv " + byuid + ".new " + byuid, "bound"},
			{"chmod 700 /etc/gobind/byuid", "bound"}, // nor may the user look it up
			{"rm " + byuid + "; chmod 755 /etc/gobind/byuid", "EACCES"},
		} {
			sh(t, c.script)
			t.Log(c.script)
			a.Want(t, c.want)
		}
	})
}

// A helper that was killed between binds, or before it read a request, is
// replaced.
func TestHelperIsKilled(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.InModes(t, func(t *testing.T, mode string) {
		a := kit.StartAsker(t, mode)
		for range 3 {
			a.Want(t, "bound")
			kit.Kill(t, kit.TheHelper(t), unix.SIGKILL)
			kit.Eventually(t, func() error {
				if left := kit.Named(t, "gobind-helper"); len(left) > 0 {
					return fmt.Errorf("helpers %v are left", left)
				}
				return nil
			})
		}
		a.Want(t, "bound")
		kit.Kill(t, kit.TheHelper(t), unix.SIGSTOP)
		a.Request(t)
		kit.WaitState(t, a.Target(t), "S")
		kit.Kill(t, kit.TheHelper(t), unix.SIGKILL)
		kit.Eventually(t, func() error {
			if got := strings.Count(a.Out(), "bound\n"); got != a.Lines {
				return fmt.Errorf("%d of %d are bound; stderr %q", got, a.Lines, a.Err())
			}
			return nil
		})
	})
}

// A target that is killed while its bind is being judged leaves nothing bound.
func TestTargetIsKilledMidBind(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.InModes(t, func(t *testing.T, mode string) {
		a := kit.StartAsker(t, mode)
		a.Want(t, "bound")
		h := kit.TheHelper(t)
		kit.Kill(t, h, unix.SIGSTOP)
		a.Request(t)
		kit.Kill(t, a.Target(t), unix.SIGKILL)
		a.Wait(t)
		kit.Kill(t, h, unix.SIGCONT)
		kit.Eventually(t, func() error {
			l, err := net.Listen("tcp", "127.0.0.1:80")
			if err != nil {
				return err
			}
			return l.Close()
		})
		kit.Eventually(t, func() error {
			if left := append(kit.Supervisors(t), kit.Named(t, "gobind-helper")...); len(left) > 0 {
				return fmt.Errorf("processes %v are left", left)
			}
			return nil
		})
	})
}

// Without its supervisor a target binds nothing any more, and goes on.
func TestSupervisorIsKilled(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	a := kit.StartAsker(t, kit.LaunchModes()[0])
	a.Want(t, "bound")
	kit.Kill(t, kit.TheSupervisor(t), unix.SIGKILL)
	a.Want(t, "ENOSYS")
}

// Whatever keeps the helper from its privilege is named, with its cure.
func TestHelperWithoutPrivilege(t *testing.T) {
	prefix := testenv.Install(t)
	helper := prefix.Helper()
	kit.Grant(t, "80", testenv.Alice)
	sh := func(script string) {
		t.Helper()
		if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
			t.Fatal(script, err, string(out))
		}
	}
	dir := filepath.Dir(helper)
	for name, c := range map[string]struct {
		before, after string
		wrap          []string
		why           string
	}{
		"no setuid bit": {"chmod 755 " + helper, "chmod 4755 " + helper, nil,
			helper + " has neither a setuid bit nor a file capability\ngobind: hint: as root, run: chown root " + helper + " && chmod 4755 " + helper},
		"nosuid": {"mount --bind " + dir + " " + dir + " && mount -o remount,bind,nosuid " + dir, "umount " + dir, nil,
			helper + " is on a file system mounted nosuid\ngobind: hint: install gobind on one that is not"},
		"no_new_privs": {"true", "true", []string{"setpriv", "--no-new-privs"},
			"no_new_privs is set, which disables the setuid helper\ngobind: hint: start gobind without it"},
		"bounding set": {"true", "true", []string{"BOUNDED"},
			"the capability bounding set lacks CAP_NET_BIND_SERVICE\ngobind: hint: start gobind with it"},
	} {
		t.Run(name, func(t *testing.T) {
			sh(c.before)
			defer sh(c.after)
			kit.InModes(t, func(t *testing.T, mode string) {
				p := kit.Binds(t, func(argv ...string) *exec.Cmd {
					all := append(append([]string{}, c.wrap...), append([]string{prefix.Gobind(), "--launch=" + mode}, argv...)...)
					if all[0] == "BOUNDED" { // which takes root
						all = append([]string{"setpriv", "--reuid=61001", "--regid=61001", "--clear-groups", "--bounding-set=-net_bind_service"}, all[1:]...)
						return testenv.Root.Command(all[0], all[1:]...)
					}
					return testenv.Alice.Command(all[0], all[1:]...)
				}, "80", "80")
				kit.WantOutput(t, p, "80 EACCES\n80 EACCES\n", "gobind: cannot bind 0.0.0.0:80: "+c.why+"\n")
			})
		})
	}
}

// What gobind has no part in is as the kernel has it.
func TestOthersAreTheKernels(t *testing.T) {
	const program = `import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def bind(name, fd, addr, length):
    ctypes.set_errno(0)
    r = libc.bind(fd, addr, length)
    print(name, r, errno.errorcode.get(ctypes.get_errno(), 0))
inet = socket.socket()
unix = socket.socket(socket.AF_UNIX)
good = (2).to_bytes(2, "little") + (80).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
bind("bad descriptor", 99, good, 16)
bind("no socket", os.open("/dev/null", os.O_RDWR), good, 16)
bind("null", inet.fileno(), None, 16)
bind("unmapped", inet.fileno(), ctypes.c_void_p(1), 16)
bind("short", inet.fileno(), good, 15)
bind("long", inet.fileno(), good + bytes(200), 129)
bind("negative", inet.fileno(), good, -1)
bind("zero", inet.fileno(), good, 0)
bind("unspec", inet.fileno(), bytes(2) + good[2:], 16)
bind("family 99", inet.fileno(), bytes([99, 0]) + good[2:], 16)
bind("abstract", unix.fileno(), b"\1\0\0gobind-test-abcd", 18)
bind("inet on unix", unix.fileno(), good, 16)
bind("any port", socket.socket().fileno(), good[:2] + bytes(14), 16)
bind("ping", socket.socket(2, 2, 1).fileno(), good, 16)
`
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 100000"), 0); err != nil {
		t.Fatal(err)
	}
	plain := kit.Run(t, testenv.Alice.Command("python3", "-c", program))
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.WantOutput(t, kit.Run(t, kit.Under(t, testenv.Alice, mode, "python3", "-c", program)), plain.Out(), plain.Err())
	})
}
