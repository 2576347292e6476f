//go:build systemd

package systemd

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// A service is what is hardened, put under gobind, and tried.
type service struct {
	name    string
	comm    string // of its main process
	user    string // "": one that systemd makes
	sample  bool   // its unit is in testdata; else it is Debian's
	more    string // a drop-in of testdata, before the hardening
	byHand  string // what puts gobind before it, in place of gobindctl unit
	wrapped bool   // its unit says so already
}

var services = []service{
	{name: "tomcat10", comm: "java", user: "tomcat", byHand: "ExecStart=\nExecStart=/usr/local/bin/gobind /bin/sh /usr/libexec/tomcat10/tomcat-start.sh\n"},
	{name: "jetty9", comm: "java", user: "jetty"},
	{name: "haproxy", comm: "haproxy", user: "haproxy", more: "haproxy.conf"},
	{name: "haproxy-forking", comm: "haproxy", user: "haproxy", sample: true},
	{name: "node", comm: "node", sample: true},
	{name: "server", comm: "server", sample: true},
	{name: "parent", comm: "server", sample: true, wrapped: true},
}

// prepared is the machine with all that the services need but gobind.
func prepared(t *testing.T) *machine {
	t.Helper()
	m := boot(t)
	if m.prepared {
		return m
	}
	m.prepared = true
	for _, name := range []string{"haproxy.cfg", "node.js", "prepare.sh"} {
		m.install(t, name, "/srv/"+name)
	}
	m.run(t, "sh", "/srv/prepare.sh")
	cmd := exec.Command("go", "build", "-o", filepath.Join(testenv.Dir(), "server"), "../packages/testdata/server")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.copy(t, filepath.Join(testenv.Dir(), "server"), "/srv/server/server")
	for _, who := range []string{"tomcat", "jetty", "haproxy", ":web"} {
		m.run(t, "gobindctl", "permit", who, "tcp", "*:80,443")
	}
	return m
}

// install installs a file of testdata, which systemd reads when it is told to.
func (m *machine) install(t *testing.T, name, file string) {
	t.Helper()
	m.copy(t, filepath.Join("testdata", name), file)
}

// setUp installs the unit and its hardening.
func (m *machine) setUp(t *testing.T, s service) {
	t.Helper()
	dropIns := "/etc/systemd/system/" + s.name + ".service.d/"
	if s.sample {
		m.install(t, s.name+".service", "/etc/systemd/system/"+s.name+".service")
	}
	if s.more != "" {
		m.install(t, s.more, dropIns+"05-more.conf")
	}
	m.install(t, "hard.conf", dropIns+"10-hard.conf")
	m.run(t, "systemctl", "daemon-reload")
}

// Debian's own units and others, hardened in each way that goes along with gobind, fail
// to serve without it, and serve with it; what systemd knows of them is as ever.
func TestHardened(t *testing.T) {
	m := prepared(t)
	for _, s := range services {
		t.Run(s.name, func(t *testing.T) {
			m.setUp(t, s)
			t.Cleanup(func() { _ = m.try("systemctl", "stop", s.name) })
			m.without(t, s)
			m.under(t, s)
			m.serves(t, s)
			if out, status := m.status(t, "gobindctl", "doctor", "--unit", s.name); status != 0 {
				t.Errorf("doctor --unit: %d\n%s", status, out)
			}
			pid := m.show(t, s.name, "MainPID")
			if out, status := m.status(t, "gobindctl", "doctor", "--pid", pid); status != 0 || !strings.Contains(out, s.name+".service") {
				t.Errorf("doctor --pid: %d\n%s", status, out)
			}
			m.run(t, "systemctl", "restart", s.name)
			m.serves(t, s)
			if m.show(t, s.name, "MainPID") == pid {
				t.Error("it was not started again")
			}
			m.run(t, "systemctl", "stop", s.name)
			m.free(t, "80", "443")
			if result := m.show(t, s.name, "Result"); result != "success" {
				t.Errorf("stopped: %s", result)
			}
			m.takeAway(t, s)
		})
	}
}

// without: the service gets no port, and doctor says what is in the way.
func (m *machine) without(t *testing.T, s service) {
	t.Helper()
	out, status := m.status(t, "gobindctl", "doctor", "--unit", s.name)
	if status != 2 || !strings.Contains(out, "failure  SystemCallFilter= refuses system calls of gobind's: pidfd_getfd seccomp\n") {
		t.Errorf("doctor --unit: %d\n%s", status, out)
	}
	if s.wrapped {
		return
	}
	_, _ = m.status(t, "systemctl", "start", s.name)
	refused := regexp.MustCompile(`(?i)permission denied|EACCES`)
	within(t, "the refusal in the journal", func() bool {
		out, err := m.command("journalctl", "--no-pager", "-o", "cat", "-u", s.name).Output()
		return err == nil && refused.Match(out)
	})
	m.free(t, "80", "443")
	_, _ = m.status(t, "systemctl", "stop", s.name)
	_, _ = m.status(t, "systemctl", "reset-failed", s.name)
}

// under puts gobind before the program, and starts it.
func (m *machine) under(t *testing.T, s service) {
	t.Helper()
	if s.byHand != "" {
		m.write(t, "/etc/systemd/system/"+s.name+".service.d/20-gobind.conf", "[Service]\n"+s.byHand)
		m.run(t, "systemctl", "daemon-reload")
	}
	out := m.run(t, "gobindctl", "unit", s.name)
	if !strings.Contains(out, "\nSystemCallFilter=pidfd_getfd seccomp\n") || strings.Contains(out, "ExecStart=") == (s.byHand != "" || s.wrapped) {
		t.Errorf("gobindctl unit:\n%s", out)
	}
	if out := m.run(t, "gobindctl", "unit", s.name); !strings.Contains(out, "is as it shall be") {
		t.Errorf("again:\n%s", out)
	}
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "systemctl", "start", s.name)
}

// serves: both ports are served, by the main process, which has no privilege.
func (m *machine) serves(t *testing.T, s service) {
	t.Helper()
	m.eventually(t, "curl", "-s", "-o", "/dev/null", "http://127.0.0.1/")
	scheme := "https"
	if s.comm == "server" {
		scheme = "http"
	}
	m.eventually(t, "curl", "-sk", "-o", "/dev/null", scheme+"://127.0.0.1:443/")
	pid := m.show(t, s.name, "MainPID")
	status := m.run(t, "cat", "/proc/"+pid+"/status")
	for _, line := range []string{"Name:\t" + s.comm, "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(status, line+"\n") {
			t.Errorf("the main process is not %q:\n%s", line, status)
		}
	}
	if s.user != "" {
		if owner := strings.TrimSpace(m.run(t, "stat", "-c", "%U", "/proc/"+pid)); owner != s.user {
			t.Errorf("the main process is %s's", owner)
		}
	}
	if state := m.show(t, s.name, "ActiveState"); state != "active" {
		t.Errorf("it is %s", state)
	}
}

// takeAway takes the service from gobind.
func (m *machine) takeAway(t *testing.T, s service) {
	t.Helper()
	m.run(t, "gobindctl", "unit", "--remove", s.name)
	if m.try("test", "-e", "/etc/systemd/system/"+s.name+".service.d/gobind.conf") == nil {
		t.Error("the drop-in is still there")
	}
	_, _ = m.status(t, "rm", "-r", "/etc/systemd/system/"+s.name+".service.d")
	m.run(t, "systemctl", "daemon-reload")
}

// free waits until nobody has the ports.
func (m *machine) free(t *testing.T, ports ...string) {
	t.Helper()
	for _, port := range ports {
		within(t, "port "+port+" to be free", func() bool {
			out, err := m.command("ss", "-Hltn", "sport = :"+port).Output()
			return err == nil && len(out) == 0
		})
	}
}

// status runs a command in the machine, and returns what it says, and its exit status.
func (m *machine) status(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := m.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}
