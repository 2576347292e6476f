package hostile

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// grantThree gives 80 to Alice, 81 to root and 82 to Bob.
func grantThree(t *testing.T) {
	t.Helper()
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "81", testenv.Root)
	kit.Grant(t, "82", testenv.Bob)
}

// S3: started by root, the target is judged by the real ids that its thread has
// when it binds. A process that is root still, in its real or effective uid, may
// what root may.
func TestS3Identity(t *testing.T) {
	grantThree(t)
	const want = `dropped 80 EACCES EACCES
saved 80 EACCES EACCES
real 80 EACCES EACCES
effective 80 81 82
swapped 80 EACCES EACCES
filesystem 80 EACCES EACCES
unmapped EACCES EACCES EACCES
thread 80 EACCES EACCES
`
	argv := []string{"python3", kit.Absolute("testdata/ids.py")}
	for line := range strings.Lines(want) {
		argv = append(argv, strings.Fields(line)[0])
	}
	kit.InModes(t, func(t *testing.T, mode string) {
		if p := kit.Run(t, kit.Under(t, testenv.Root, mode, argv...)); p.Out() != want {
			t.Errorf("got\n%swant\n%s\nstderr %s", p.Out(), want, p.Err())
		}
	})
}

// bindHere prints what becomes of a socket that is bound after the arguments, flags
// of unshare(2), were done.
const bindHere = `import ctypes, errno, os, socket, sys
socks = [socket.socket() for _ in range(2)]
for flags in sys.argv[1:]:
    if ctypes.CDLL(None, use_errno=True).unshare(int(flags, 0)): print(errno.errorcode[ctypes.get_errno()])
for port, s in zip((80, 81), socks):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("127.0.0.1", port))
        print(port, "bound")
    except OSError as e:
        print(port, errno.errorcode[e.errno])
`

// S4: in whatever namespaces the target is, a socket of the first network is judged
// by who it is outside, and one of its own network is the kernel's.
func TestS4Namespaces(t *testing.T) {
	kit.RequireUnshare(t, "-Urmpfn")
	kit.Grant(t, "80", testenv.Alice)
	const judged, own = "80 bound\n81 EACCES\n", "80 bound\n81 bound\n"
	for name, c := range map[string]struct {
		argv []string
		want string
	}{
		"user":                        {[]string{"unshare", "-U", "python3", "-c", bindHere}, judged},
		"user, as root":               {[]string{"unshare", "-Ur", "python3", "-c", bindHere}, judged},
		"mount":                       {[]string{"unshare", "-Urm", "python3", "-c", bindHere}, judged},
		"pid":                         {[]string{"unshare", "-Urpf", "python3", "-c", bindHere}, judged},
		"pid, with its /proc":         {[]string{"unshare", "-Urpf", "--mount-proc", "python3", "-c", bindHere}, judged},
		"ipc, uts, cgroup, time":      {[]string{"unshare", "-UriuCT", "python3", "-c", bindHere}, judged},
		"chroot":                      {[]string{"unshare", "-Ur", "chroot", "/", "python3", "-c", bindHere}, judged},
		"net":                         {[]string{"unshare", "-Urn", "sh", "-c", `ip link set lo up; exec "$@"`, "sh", "python3", "-c", bindHere}, own},
		"user, after the socket":      {[]string{"python3", "-c", bindHere, "0x10000000"}, judged},
		"user, net, after the socket": {[]string{"python3", "-c", bindHere, "0x50000000"}, judged},
	} {
		t.Run(name, func(t *testing.T) {
			kit.InModes(t, func(t *testing.T, mode string) {
				p := kit.Run(t, kit.Under(t, testenv.Alice, mode, c.argv...))
				if p.Out() != c.want {
					t.Errorf("%q, want %q; stderr %q", p.Out(), c.want, p.Err())
				}
				wantFree(t)
			})
		})
	}
}

// bystander is a process of Alice's, not under gobind, with a socket on descriptor
// 50, of which it tells the port when its input ends.
const bystander = `import os, socket, sys
s = socket.socket()
os.dup2(s.fileno(), 50)
print("ready", flush=True)
sys.stdin.readline()
print("port", s.getsockname()[1], flush=True)`

// S4: a target whose pid, in a namespace of its own, is that of another process
// outside binds its own socket and not the other's.
func TestS4PidOfAnother(t *testing.T) {
	kit.RequireUnshare(t, "-Urpf")
	kit.Grant(t, "80", testenv.Alice)
	const become = `import os, socket, sys
want = int(sys.argv[1])
while True:
    pid = os.fork()
    if pid == 0:
        if os.getpid() == want:
            s = socket.socket()
            os.dup2(s.fileno(), 50)
            socket.socket(fileno=50).bind(("127.0.0.1", 80))
            print("port", s.getsockname()[1], flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
    if pid >= want: break
`
	kit.InModes(t, func(t *testing.T, mode string) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := testenv.Alice.Command("python3", "-c", bystander)
		cmd.Stdin = r
		kit.Write(t, "/proc/sys/kernel/ns_last_pid", "10") // low: the target counts up to it
		other := kit.Start(t, cmd)
		_ = r.Close()
		kit.WaitOut(t, other, "ready\n")
		pid := fmt.Sprint(cmd.Process.Pid)
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, "unshare", "-Urpf", "python3", "-c", become, pid))
		kit.WantOutput(t, p, "port 80\n", "")
		_ = w.Close()
		other.Wait(t)
		kit.WantOutput(t, other, "ready\nport 0\n", "")
	})
}

// S7: whoever kills or stops the own supervisor gets nothing, and nobody else
// loses anything.
func TestS7KilledAndStopped(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	group := "/etc/gobind/byport/80" // Bob's, too
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.MustRun(t, exec.Command("setfacl", "-m", "u:gbbob:x", group))
		a := kit.StartAsker(t, mode)
		a.Want(t, "bound")
		supervisor := kit.TheSupervisor(t)
		other := kit.StartAsker(t, mode)
		other.Want(t, "bound")
		kit.Kill(t, supervisor, unix.SIGSTOP)
		kit.WaitState(t, supervisor, "T")
		a.Request(t)
		other.Want(t, "bound")
		wantBound(t, testenv.Bob, mode)
		kit.Kill(t, supervisor, unix.SIGCONT)
		kit.WaitOut(t, a.Process, "bound\nbound\n")
		kit.Kill(t, supervisor, unix.SIGSTOP)
		kit.WaitState(t, supervisor, "T")
		a.Request(t)
		kit.Kill(t, supervisor, unix.SIGKILL)
		kit.WaitOut(t, a.Process, "bound\nbound\nENOSYS\n")
		a.Want(t, "ENOSYS")
		other.Want(t, "bound")
		wantBound(t, testenv.Bob, mode)
	})
}

// wantBound checks that u can bind port 80 under a gobind of its own.
func wantBound(t *testing.T, u testenv.User, mode string) {
	t.Helper()
	if p := kit.Binds(t, kit.GobindAs(t, u, mode), "80"); p.Out() != "80 bound\n" {
		t.Errorf("%s: stdout %q, stderr %q", u.Name, p.Out(), p.Err())
	}
}

// S7: a target that floods its supervisor, with what is refused and with what is
// none of its business, hinders nobody else.
func TestS7Flood(t *testing.T) {
	kit.Grant(t, "80", testenv.Bob)
	const flood = `import os, socket
for i in range(20): os.fork()  or os.setsid()  if i < 4 else None
while True:
    for port in 81, 8080:
        with socket.socket() as s:
            try: s.bind(("127.0.0.1", port))
            except OSError: pass
`
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.Start(t, kit.Under(t, testenv.Alice, mode, "python3", "-c", flood))
		kit.Eventually(t, func() error {
			if n := len(kit.Named(t, "python3")); n < 16 {
				return fmt.Errorf("%d processes", n)
			}
			return nil
		})
		began := time.Now()
		for range 3 {
			wantBound(t, testenv.Bob, mode)
		}
		t.Logf("meanwhile Bob's three programs took %v", time.Since(began))
		kit.Eventually(t, func() error { // or a helper follows each that is killed at the end
			left := kit.Named(t, "python3")
			for _, pid := range left {
				_ = unix.Kill(pid, unix.SIGKILL)
			}
			if len(left) > 0 {
				return fmt.Errorf("processes %v survive SIGKILL", left)
			}
			return nil
		})
	})
}

// S10b: Landlock is the target's own business, and does not follow the socket to
// the helper: gobind is no sandbox.
func TestS10bLandlock(t *testing.T) {
	program := attack(t, "landlock")
	kit.Grant(t, "80", testenv.Alice)
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, program))
		if strings.HasPrefix(p.Out(), "no Landlock") {
			testenv.Skip(t, "this kernel has "+strings.TrimSpace(p.Out())+" (for networks since Linux 6.7)")
		}
		kit.WantOutput(t, p, "8080 Permission denied\n80 bound\n", "")
	})
}
