//go:build systemd

package systemd

import (
	"fmt"
	"strings"
	"testing"
)

// binder is a program for node that binds port 80 again and again: it prints how long the
// first time took and the median of the others, in microseconds, and lives on a while.
const binder = `const net = require("net"); const times = [];
function next() {
  const begin = process.hrtime.bigint(); const s = net.createServer();
  s.on("error", e => { console.log(e.code); process.exit(1); });
  s.listen({host: "127.0.0.1", port: 80}, () => {
    times.push(Number(process.hrtime.bigint() - begin) / 1000);
    s.close(() => {
      if (times.length < 201) return next();
      const first = times.shift(); times.sort((a, b) => a - b);
      console.log(Math.round(first), Math.round(times[100]));
      setTimeout(() => process.exit(0), Number(process.argv[1]) * 1000);
    });
  });
}
setTimeout(next, 100);`

// binds runs the binder under gobind as a transient service, with properties.
func (m *machine) binds(t *testing.T, seconds int, properties ...string) string {
	t.Helper()
	args := []string{"systemd-run", "--quiet", "--wait", "--pipe", "--property=User=haproxy"}
	for _, p := range properties {
		args = append(args, "--property="+p)
	}
	return strings.TrimSpace(m.run(t, append(args, "gobind", "node", "-e", binder, fmt.Sprint(seconds))...))
}

// B22: what gobind@.service promises of its helper is what the kernel has, while it
// serves; and how long a bind takes by it, beside the setuid helper.
func TestBrokerSandbox(t *testing.T) {
	m := prepared(t)
	t.Logf("first bind and the median of 200 more, in us: setuid helper %s, broker socket %s",
		m.binds(t, 0), m.binds(t, 0, "NoNewPrivileges=yes"))
	done := make(chan string)
	go func() { done <- m.binds(t, 8, "NoNewPrivileges=yes") }()
	unit := ""
	within(t, "a helper", func() bool {
		out, _ := m.command("systemctl", "list-units", "--plain", "--no-legend", "--state=active", "gobind@*.service").Output()
		unit, _, _ = strings.Cut(string(out), " ")
		if unit == "" {
			return false
		}
		pid := m.show(t, unit, "MainPID")
		status, err := m.command("cat", "/proc/"+pid+"/status").Output()
		return err == nil && strings.Contains(string(status), "\nCapEff:\t0000000000000400\n")
	})
	pid := m.show(t, unit, "MainPID")
	uid := strings.TrimSpace(m.run(t, "id", "-u", "haproxy"))
	status := m.run(t, "cat", "/proc/"+pid+"/status")
	for _, line := range []string{
		"Uid:\t" + strings.Join([]string{uid, uid, uid, uid}, "\t"), "CapPrm:\t0000000000000400", "CapBnd:\t0000000000000000",
		"CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2",
	} {
		if !strings.Contains(status, "\n"+line+"\n") {
			t.Errorf("no %q in\n%s", line, status)
		}
	}
	mounts := m.run(t, "cat", "/proc/"+pid+"/mountinfo")
	for _, mount := range []string{" / / ro,", " /home ", " /root ", " /proc/sys ro,", " /sys/fs/cgroup ro,"} {
		if !strings.Contains(mounts, mount) {
			t.Errorf("no mount%sin\n%s", mount, mounts)
		}
	}
	if limits := m.run(t, "cat", "/proc/"+pid+"/limits"); !strings.Contains(limits, "Max core file size        0 ") {
		t.Errorf("limits\n%s", limits)
	}
	t.Log(<-done)
}
