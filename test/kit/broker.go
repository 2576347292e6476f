package kit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// BrokerSocket is where gobind.socket listens.
const BrokerSocket = "/run/gobind/helper.sock"

// ServeBroker does what gobind.socket and gobind@.service do, until the test ends: who
// connects gets the helper on descriptor 0, as root with the unit's capabilities.
func ServeBroker(t *testing.T) {
	t.Helper()
	ServeAt(t, BrokerSocket, UnitCommand(testenv.Install(t).Helper()))
}

// UnitCommand runs a program with what gobind@.service leaves of root.
func UnitCommand(program string) []string {
	return []string{"setpriv", "--no-new-privs", "--bounding-set=-all,+net_bind_service,+setgid,+setpcap,+setuid", "--inh-caps=-all", "--", program}
}

// ServeAt runs the command for each connection to a socket of that name.
func ServeAt(t *testing.T, path string, argv []string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), unix.Bind(fd, &unix.SockaddrUnix{Name: path}),
		os.Chmod(path, 0o666), unix.Listen(fd, 128)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
			switch {
			case err == nil:
				if err := serveOne(os.NewFile(uintptr(conn), "connection"), argv); err != nil {
					t.Error(err)
				}
			case errors.Is(err, unix.EINVAL): // shut down
				return
			case !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.ECONNABORTED):
				t.Errorf("accept: %v", err)
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = unix.Shutdown(fd, unix.SHUT_RDWR)
		<-done
		_ = errors.Join(unix.Close(fd), os.Remove(path))
	})
}

// serveOne starts the command on the connection, and reaps it in the background.
func serveOne(conn *os.File, argv []string) error {
	defer conn.Close() //nolint:errcheck // the helper has its own
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Env, cmd.Dir = conn, []string{"PATH=" + os.Getenv("PATH"), "LISTEN_FDS=1"}, "/"
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // what became of it, its caller is told
	return nil
}
