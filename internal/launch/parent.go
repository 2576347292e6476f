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

// parent is what stays of gobind in launch mode parent.
type parent struct {
	control    int          // the socket to the supervisor
	supervisor int          // its pid
	before     map[int]bool // children that were there before
	alone      func()       // of Options: the supervisor has died
	pid, pidfd int          // the program's
}

// runParent starts the supervisor, which starts the program, and stands in for
// the program until it ends. Should the supervisor die, the program becomes a child
// of this process, which is a subreaper for that.
func runParent(o Options, image sys.Image, in sys.Inherited) (int, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("become a subreaper: %w", err)
	}
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
	p := parent{control: pair[0], alone: o.Alone, before: inherited()}
	if p.supervisor, err = child.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", SupervisorPath, err)
	}
	_ = unix.Close(pair[1])
	if err := p.awaitStart(); err != nil {
		var program *ProgramError
		if errors.As(err, &program) {
			program.Name = o.Argv[0]
		}
		return 0, err
	}
	notifyMainPID(p.pid)
	go relay(signals, p.pidfd)
	return p.standIn()
}

// awaitStart waits for the word that the program was started. After an error it is
// not running, or is killed with this process's end.
func (p *parent) awaitStart() error {
	e, pidfd, err := control.Receive(p.control)
	switch {
	case errors.Is(err, io.EOF):
		return p.unstarted()
	case err != nil:
		return fmt.Errorf("wait for %s: %w", SupervisorPath, err)
	case e.Kind == control.Started && pidfd >= 0:
		p.pid, p.pidfd = int(e.Value), pidfd
		return nil
	case e.Kind == control.Started:
		return &control.KilledError{Err: errors.New("its pidfd was lost on the way")}
	case e.Kind == control.Failed:
		return &ProgramError{Err: unix.Errno(e.Value)}
	case e.Kind == control.Killed:
		return &control.KilledError{Err: unix.Errno(e.Value)}
	default:
		return fmt.Errorf("start the program under %s: %w", SupervisorPath, unix.Errno(e.Value))
	}
}

// standIn does what the program does until it ends: it stops when the program is
// stopped, ends with its status, dies of its signal.
func (p *parent) standIn() (int, error) {
	for {
		e, _, err := control.Receive(p.control)
		if errors.Is(err, io.EOF) {
			return p.adopt()
		}
		if err != nil {
			return 0, p.kill(err)
		}
		if e.Kind == control.Stopped {
			_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
		}
		if e.Kind == control.Ended {
			return endAs(unix.WaitStatus(e.Value)), nil
		}
	}
}

// endAs dies of the signal that ended the program, or returns its exit status.
func endAs(status unix.WaitStatus) int {
	if status.Signaled() {
		sys.DieOf(status.Signal())
	}
	return status.ExitStatus()
}

// kill kills the program, of which nothing can be known any more.
func (p *parent) kill(why error) error {
	if ended(p.pidfd) {
		return fmt.Errorf("the program has ended with a status that is not known: %w", why)
	}
	_ = unix.PidfdSendSignal(p.pidfd, unix.SIGKILL, nil, 0)
	return &control.KilledError{Err: why}
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
