package testenv

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// mountDev gives the world a /dev of its own, so that a test may have a /dev/log:
// what programs need, and the terminals of the machine.
func mountDev(dir string) error {
	dev := filepath.Join(dir, "dev")
	err := errors.Join(os.Mkdir(dev, 0o755), unix.Mount("tmpfs", dev, "tmpfs", unix.MS_NOSUID, "mode=0755"))
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		node := filepath.Join(dev, name)
		err = errors.Join(err, unix.Mknod(node, unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor))), os.Chmod(node, 0o666))
	}
	tty := filepath.Join(dev, "tty")
	err = errors.Join(err, unix.Mknod(tty, unix.S_IFCHR|0o666, int(unix.Mkdev(5, 0))), os.Chmod(tty, 0o666))
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
	} {
		err = errors.Join(err, os.Symlink(target, filepath.Join(dev, name)))
	}
	shm, pts := filepath.Join(dev, "shm"), filepath.Join(dev, "pts")
	err = errors.Join(err, os.Mkdir(shm, 0o777), os.Chmod(shm, 0o1777), os.Mkdir(pts, 0o755),
		unix.Mount("devpts", pts, "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"))
	return errors.Join(err, unix.Mount(dev, "/dev", "", unix.MS_MOVE, ""))
}

// Syslog is what arrives at the world's /dev/log.
type Syslog struct {
	mu      sync.Mutex
	records []string
}

// StartSyslog listens on /dev/log, as a syslog daemon does, until the test ends. As many
// records may wait for it as under systemd, where the kernel's default is ten.
func StartSyslog(tb testing.TB) *Syslog {
	tb.Helper()
	RequireRoot(tb)
	if err := os.WriteFile("/proc/sys/net/unix/max_dgram_qlen", []byte("512"), 0); err != nil {
		tb.Fatal(err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: "/dev/log"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = errors.Join(conn.Close(), os.Remove("/dev/log")) })
	if err := errors.Join(os.Chmod("/dev/log", 0o666), conn.SetReadBuffer(1<<20)); err != nil {
		tb.Fatal(err)
	}
	log := &Syslog{}
	go log.collect(conn)
	return log
}

func (s *Syslog) collect(conn *net.UnixConn) {
	buf := make([]byte, 1<<16)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.records = append(s.records, string(buf[:n]))
		s.mu.Unlock()
	}
}

// Records are those so far that contain the text.
func (s *Syslog) Records(text string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, r := range s.records {
		if strings.Contains(r, text) {
			found = append(found, r)
		}
	}
	return found
}
