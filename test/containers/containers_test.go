package containers

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// What the default profiles of Docker and Podman refuse, of the calls that gobind is
// made of, to containers without CAP_SYS_PTRACE.
var (
	docker = []int{unix.SYS_PIDFD_GETFD, unix.SYS_KCMP}
	podman = []int{unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PTRACE, unix.SYS_KCMP}
)

// alice is what begins a command of hers.
var alice = []string{"setpriv", "--reuid=61001", "--regid=61001", "--groups=61010"}

// refusing begins a command under such a profile.
func refusing(calls []int) []string {
	var numbers []string
	for _, n := range calls {
		numbers = append(numbers, strconv.Itoa(n))
	}
	return []string{"python3", kit.Absolute("testdata/refuse.py"), strings.Join(numbers, ",")}
}

// inside is a command of Alice's under gobind, in a container that the other commands make.
func inside(t *testing.T, mode string, container ...[]string) func(argv ...string) *exec.Cmd {
	t.Helper()
	return func(argv ...string) *exec.Cmd {
		var all []string
		for _, part := range append(container, alice, []string{testenv.Install(t).Gobind(), "--launch=" + mode}, argv) {
			all = append(all, part...)
		}
		return testenv.Root.Command(all[0], all[1:]...)
	}
}

const refused = "gobind: user gbalice may not bind tcp 0.0.0.0:81: no rule permits it\n" +
	"gobind: hint: as root, run: gobindctl permit gbalice tcp 0.0.0.0:81\n"

// Under Podman's profile gobind serves, with the setuid helper, and with no_new_privs over
// the broker socket of the host, whose network it shares.
func TestPodmanProfile(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		for _, more := range [][]string{nil, {"setpriv", "--no-new-privs"}} {
			p := kit.Binds(t, inside(t, mode, refusing(podman), more), "80", "81")
			kit.WantOutput(t, p, "80 bound\n81 EACCES\n", refused)
		}
	})
}

// Under Docker's, gobind starts nothing, and says which call is missing; so does doctor.
func TestDockerProfile(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	p := kit.Run(t, inside(t, "inplace", refusing(docker))("true"))
	if status := p.Cmd.ProcessState.ExitCode(); status != 125 || !strings.Contains(p.Err(), "pidfd_getfd") || !strings.Contains(p.Err(), "containers may forbid") {
		t.Errorf("%d: %s", status, p.Err())
	}
	argv := append(append(refusing(docker), alice...), testenv.Install(t).Gobindctl(), "doctor")
	doctor := kit.Run(t, testenv.Root.Command(argv[0], argv[1:]...))
	want := "failure  pidfd_getfd: operation not permitted; no program can be started under gobind\n"
	if status := doctor.Cmd.ProcessState.ExitCode(); status != 2 || !strings.Contains(doctor.Out(), want) {
		t.Errorf("doctor: %d\n%s", status, doctor.Out())
	}
}

// The host's broker socket, bind-mounted into a container with a network of its own,
// binds nothing there: a port of the host's network is not the container's. It is said.
func TestBrokerOfAnotherNetwork(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.ServeBroker(t)
	own := []string{"unshare", "-n", "setpriv", "--no-new-privs"}
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Binds(t, inside(t, mode, own), "80")
		kit.WantOutput(t, p, "80 EACCES\n",
			"gobind: cannot bind 0.0.0.0:80: gobind-helper does not serve: the socket is of another network namespace\n"+
				"gobind: hint: in a container, share the network of the helper (--network=host), or there set net.ipv4.ip_unprivileged_port_start\n")
	})
}

// Where the container's own network has no privileged ports, as Docker sets it up,
// programs bind by themselves, and under gobind as well.
func TestUnprivilegedPorts(t *testing.T) {
	kit.ClearPolicy(t)
	free := []string{"unshare", "-n", "sh", "-c", `echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start && exec "$@"`, "sh"}
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Binds(t, inside(t, mode, free, []string{"setpriv", "--no-new-privs"}), "80", "443")
		kit.WantOutput(t, p, "80 bound\n443 bound\n", "")
	})
}
