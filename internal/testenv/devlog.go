package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// StartRsyslog runs a real rsyslogd on the world's /dev/log until the test ends,
// and returns the file in which it puts facility authpriv.
func StartRsyslog(tb testing.TB) string {
	tb.Helper()
	RequireRoot(tb)
	program := Require(tb, "rsyslogd")
	dir := tb.TempDir()
	file := filepath.Join(dir, "auth.log")
	conf := filepath.Join(dir, "rsyslog.conf")
	text := "module(load=\"imuxsock\")\nauthpriv.* action(type=\"omfile\" file=\"" + file + "\" asyncWriting=\"off\")\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	daemon(tb, exec.Command(program, "-n", "-f", conf, "-i", filepath.Join(dir, "pid")))
	return file
}

// StartJournald runs a real systemd-journald on the world's /dev/log until the
// test ends. journalctl reads its journal.
func StartJournald(tb testing.TB) {
	tb.Helper()
	RequireRoot(tb)
	const program = "/lib/systemd/systemd-journald"
	if _, err := os.Stat(program); err != nil {
		Skip(tb, "systemd is not installed: run make test-deps")
	}
	for _, dir := range []string{"/run", "/var/log"} {
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	}
	if err := os.MkdirAll("/run/systemd/journal", 0o755); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = []string{"PATH=" + path}
	tb.Cleanup(func() { _ = os.Remove("/dev/log") })
	if err := os.Symlink("/run/systemd/journal/dev-log", "/dev/log"); err != nil {
		tb.Fatal(err)
	}
	daemon(tb, cmd)
}

// daemon starts a syslog daemon, waits until it listens on /dev/log, and ends it
// with the test.
func daemon(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		_ = cmd.Wait()
		_ = os.Remove("/dev/log")
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := dial()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatal(fmt.Errorf("%s does not listen: %w", cmd.Path, err))
		}
	}
}

// dial reports whether somebody listens on /dev/log.
func dial() error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Connect(fd, &unix.SockaddrUnix{Name: "/dev/log"}), unix.Close(fd))
}
