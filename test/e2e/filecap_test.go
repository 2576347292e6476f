package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

var port81 = netip.MustParseAddrPort("127.0.0.1:81")

// filecap starts a helper that has a file capability in place of the setuid bit.
func filecap(t *testing.T, u testenv.User) (*kit.Process, int) {
	t.Helper()
	channel, theirs, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(channel) })
	cmd := u.Command(testenv.InstallMode(t, "filecap").Helper())
	cmd.Stdin = theirs
	p := kit.Start(t, cmd)
	_ = theirs.Close()
	return p, channel
}

// A helper with the file capability is never root, has the one capability and
// binds by the same policy.
func TestFileCapability(t *testing.T) {
	path := testenv.InstallMode(t, "filecap").Helper()
	if out, err := exec.Command("/sbin/getcap", path).Output(); err != nil || string(out) != path+" cap_net_bind_service=p\n" {
		t.Errorf("getcap: %q, %v", out, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	kit.Grant(t, "80", testenv.Alice)
	p, channel := filecap(t, testenv.Alice)
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatal(status, p.Err())
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		status := kit.Contents(fmt.Sprintf("/proc/%d/task/%s/status", p.Cmd.Process.Pid, thread.Name()))
		for _, line := range []string{
			"Uid:\t61001\t61001\t61001\t61001\n", "CapPrm:\t0000000000000400\n", "CapEff:\t0000000000000400\n",
			"CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n",
		} {
			if !strings.Contains(status, "\n"+line) {
				t.Errorf("thread %s has no line %q:\n%s", thread.Name(), line, status)
			}
		}
	}
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d/fd", p.Cmd.Process.Pid), &st); err != nil || st.Uid != 0 {
		t.Errorf("%v; /proc/PID/fd is user %d's: it is dumpable", err, st.Uid)
	}
	if r := kit.Exchange(t, channel, kit.Request(1, kit.Port80), kit.TCPSocket(t)); !r.Bound() {
		t.Errorf("%+v", r)
	}
	if r := kit.Exchange(t, channel, kit.Request(2, port81), kit.TCPSocket(t)); r.Verdict != helper.Deny {
		t.Errorf("%+v", r)
	}
}

// What it cannot do is to read policy that only root may read: that denies.
func TestFileCapabilityAndSecretPolicy(t *testing.T) {
	const file = "/etc/gobind/byuid/61001"
	kit.Allow(t, "byuid/61001", "127.0.0.1,80\n")
	for mode, want := range map[os.FileMode]helper.Reply{
		0o600: {ID: 1, Reason: helper.ReasonError, Errno: uint16(unix.EACCES), Source: helper.Source{File: file}},
		0o644: {ID: 1, Verdict: helper.Permit, Reason: helper.ReasonLine, Source: helper.Source{File: file, Line: 1}},
	} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		_, channel := filecap(t, testenv.Alice)
		kit.Hello(t, channel)
		if r := kit.Exchange(t, channel, kit.Request(1, kit.Port80), kit.TCPSocket(t)); r != want {
			t.Errorf("mode %v: %+v, want %+v", mode, r, want)
		}
	}
}

// It says what took its privilege away, as the setuid helper does.
func TestFileCapabilityIsGone(t *testing.T) {
	path := testenv.InstallMode(t, "filecap").Helper()
	for name, c := range map[string]struct {
		argv []string
		want helper.Status
	}{
		"no_new_privs":   {[]string{"setpriv", "--no-new-privs", path}, helper.StatusNoNewPrivs},
		"bounding set":   {[]string{"setpriv", "--bounding-set=-net_bind_service", path}, helper.StatusBoundingSet},
		"user namespace": {[]string{"unshare", "-U", path}, helper.StatusUserNamespace},
	} {
		channel, theirs, err := kit.ChannelFile()
		if err != nil {
			t.Fatal(err)
		}
		cmd := testenv.Alice.Command(c.argv[0], c.argv[1:]...)
		if c.want == helper.StatusBoundingSet { // only root may drop from it
			cmd = exec.Command(c.argv[0], append([]string{"--reuid=61001", "--regid=61001", "--clear-groups"}, c.argv[1:]...)...)
		}
		cmd.Stdin = theirs
		p := kit.Start(t, cmd)
		_ = theirs.Close()
		if status := kit.Hello(t, channel); status != c.want {
			t.Errorf("%s: status %d, want %d; %s", name, status, c.want, p.Err())
		}
		_ = unix.Close(channel)
	}
}

// make install refuses a mode that it does not know before it installs anything.
func TestUnknownHelperMode(t *testing.T) {
	testenv.RequireRoot(t)
	dir := t.TempDir()
	out, err := exec.Command("make", "-s", "-C", testenv.Repo(), "install", "HELPER_MODE=both", "PREFIX="+dir, "BUILD="+dir+"/build").CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "HELPER_MODE is setuid, filecap or socket\n") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat(dir + "/bin"); err == nil {
		t.Error("something was installed")
	}
}
