package launch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"gobind/internal/control"
	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// runInPlace becomes the program. It returns only on failure. The supervisor is
// started first: it has neither the filter nor no_new_privs, which would disable
// the helper. It gets ready as soon as this process is the program (see
// gobind_supervisor_entry), and ends if no listener comes.
func runInPlace(o Options, image sys.Image, in sys.Inherited) error {
	supervisor, err := startSupervisor(o, in)
	if err != nil {
		return fmt.Errorf("start %s: %w", SupervisorPath, err)
	}
	listener, err := seccomp.Load()
	switch {
	case errors.Is(err, seccomp.ErrNested):
		// The outer filter covers the program already.
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE), errors.Is(err, unix.ENOMEM):
		return err
	case err != nil:
		return &KernelError{err}
	default:
		if err := control.Send(supervisor, control.Event{Kind: control.Supervise}, listener); err != nil {
			return fmt.Errorf("send the listener to %s: %w", SupervisorPath, err)
		}
	}
	return &ProgramError{Name: o.Argv[0], Err: image.Exec(in)}
}

// startSupervisor starts a detached supervisor, and returns the socket on which
// it waits for the listener.
func startSupervisor(o Options, in sys.Inherited) (int, error) {
	null, err := sys.DevNull()
	if err != nil {
		return -1, err
	}
	self, err := sys.OpenPidfd(os.Getpid(), false)
	if err != nil {
		return -1, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socketpair", err)
	}
	child := sys.Child{
		// It does one thing at a time, and more processors are more threads.
		Image:     sys.Image{Path: SupervisorPath, Argv: o.flags(), Env: []string{"GOMAXPROCS=1"}},
		Inherited: sys.Inherited{Nofile: in.Nofile},
		Files:     []int{null, null, unix.Stderr, pair[1], self}, // as cmd/gobind-supervisor expects them
		Setsid:    true, Root: true, Detach: true,
	}
	if _, err := child.Start(); err != nil {
		return -1, err
	}
	return pair[0], unix.Close(pair[1])
}
