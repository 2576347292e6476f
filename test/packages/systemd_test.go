//go:build clean

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

const unitTest = `[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash -c '/units.sh >/result 2>&1; systemctl --no-block poweroff'
`

// slow has systemd wait for whatever takes its time on a machine that is busy.
const slow = `[Manager]
DefaultTimeoutStartSec=15min
DefaultTimeoutStopSec=15min
`

// The sample units do under a real systemd what they are for: start, say that they are
// ready, reload, restart after a failure, stop; and the journal has the refusals. The
// units that the package brings are there, and off.
func TestSystemd(t *testing.T) {
	r := newRoot(t, "systemd.tar", all(t, packages(t))...)
	r.apt(t, "install", "gobind_*.deb")
	at := func(name string) string { return filepath.Join(string(r), name) }
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, unit := range []string{"tomcat-user", "tomcat-user-forking", "node", "go-notify"} {
		r.run(t, "cp", "/usr/share/doc/gobind/examples/systemd/"+unit+".service", "/etc/systemd/system/")
	}
	r.run(t, "tomcat10-instance-create", "-p", "80", "/home/alice/tomcat")
	r.run(t, "mkdir", "-p", "/home/alice/tomcat/webapps/ROOT", "/home/alice/site", "/home/alice/bin")
	write("home/alice/tomcat/webapps/ROOT/index.html", "tomcat\n", 0o644)
	write("home/alice/site/server.js", "require('http').createServer((q, r) => r.end('node\\n')).listen(80)\n", 0o644)
	cmd := exec.Command("go", "build", "-o", at("home/alice/bin/server"), "./testdata/server")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r.run(t, "chown", "-R", "alice:alice", "/home/alice")
	script, err := os.ReadFile("testdata/units.sh")
	if err != nil {
		t.Fatal(err)
	}
	write("units.sh", string(script), 0o755)
	write("etc/systemd/system/units.service", unitTest, 0o644)
	r.run(t, "mkdir", "-p", "/etc/systemd/system/default.target.wants", "/etc/systemd/system.conf.d")
	write("etc/systemd/system.conf.d/slow.conf", slow, 0o644)
	r.run(t, "ln", "-s", "/etc/systemd/system/units.service", "/etc/systemd/system/default.target.wants/units.service")
	r.run(t, "systemctl", "--root=/", "set-default", "multi-user.target")
	r.unmount()

	// The default list of systemd-nspawn forbids pidfd_getfd(2), which gobind lives on.
	boot := exec.Command(testenv.Require(t, "systemd-nspawn"), "--quiet", "--register=no", "--keep-unit", "--private-network",
		"--system-call-filter=pidfd_getfd", "--console=pipe", "-b", "-D", string(r))
	boot.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	console, err := boot.CombinedOutput()
	result, readErr := os.ReadFile(at("result"))
	if err != nil || readErr != nil {
		t.Fatalf("boot: %v, %v\n%s", err, readErr, console)
	}
	lines := strings.Split(strings.TrimSpace(string(result)), "\n")
	if !slices.Contains(lines, "done") {
		t.Fatalf("%s", result)
	}
	t.Logf("%s", result)
}
