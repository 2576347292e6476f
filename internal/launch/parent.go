package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/internal/control"
	"gobind/internal/sys"
)

// runParent starts the supervisor, which starts the program, and stands in for
// the program until it ends.
func runParent(o Options, image sys.Image, in sys.Inherited) (int, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("socketpair: %w", err)
	}
	signals := catchAll()
	flags := append(o.flags(), "-control="+strconv.Itoa(pair[1]), "--", image.Path)
	child := sys.Child{
		Image:     sys.Image{Path: SupervisorPath, Argv: append(flags, image.Argv...), Env: image.Env},
		Inherited: in,
		Keep:      []int{pair[1]},
	}
	if _, err := child.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", SupervisorPath, err)
	}
	_ = unix.Close(pair[1])
	pid, pidfd, err := awaitStart(pair[0])
	if err != nil {
		var program *ProgramError
		if errors.As(err, &program) {
			program.Name = o.Argv[0]
		}
		return 0, err
	}
	notifyMainPID(pid)
	go relay(signals, pidfd)
	return standIn(pair[0])
}

// awaitStart waits for the word that the program was started.
func awaitStart(fd int) (pid, pidfd int, err error) {
	e, pidfd, err := control.Receive(fd)
	switch {
	case err != nil:
		return 0, -1, fmt.Errorf("wait for %s: %w", SupervisorPath, err)
	case e.Kind == control.Started && pidfd >= 0:
		return int(e.Value), pidfd, nil
	case e.Kind == control.Failed:
		return 0, -1, &ProgramError{Err: unix.Errno(e.Value)}
	default:
		return 0, -1, fmt.Errorf("start the program under %s: %w", SupervisorPath, unix.Errno(e.Value))
	}
}

// standIn does what the program does until it ends: it stops when the program is
// stopped, ends with its status, dies of its signal.
func standIn(fd int) (int, error) {
	for {
		e, _, err := control.Receive(fd)
		if errors.Is(err, io.EOF) {
			return 0, errors.New("the supervisor ended before the program")
		}
		if err != nil {
			return 0, err
		}
		status := unix.WaitStatus(e.Value)
		switch {
		case e.Kind == control.Stopped:
			_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
		case e.Kind == control.Ended && status.Signaled():
			sys.DieOf(status.Signal())
		case e.Kind == control.Ended:
			return status.ExitStatus(), nil
		}
	}
}

// notifyMainPID tells systemd, if it asked to be told (sd_notify(3)), which
// process is the service. Where it cannot be told it finds out by itself.
func notifyMainPID(pid int) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd) //nolint:errcheck // a datagram was sent or was not
	text := "MAINPID=" + strconv.Itoa(pid)
	_ = unix.Sendto(fd, []byte(text), unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: name})
}
