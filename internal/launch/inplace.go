package launch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// runInPlace becomes the program. It returns only on failure.
func runInPlace(o Options, image sys.Image, in sys.Inherited) error {
	listener, err := seccomp.Load()
	switch {
	case errors.Is(err, seccomp.ErrNested):
		// The outer filter covers the program already.
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE), errors.Is(err, unix.ENOMEM):
		return err
	case err != nil:
		return &KernelError{err}
	default:
		if err := startSupervisor(o, listener, in); err != nil {
			return err
		}
	}
	return &ProgramError{Name: o.Argv[0], Err: image.Exec(in)}
}

// startSupervisor starts the supervisor with the listener. It forks from another
// thread than the filtered one, so that the supervisor has neither the filter
// nor no_new_privs, which would disable the helper.
func startSupervisor(o Options, listener int, in sys.Inherited) error {
	done := make(chan error)
	go func() { done <- spawnDetached(o, listener, in) }()
	if err := <-done; err != nil {
		return fmt.Errorf("start %s: %w", SupervisorPath, err)
	}
	return nil
}

func spawnDetached(o Options, listener int, in sys.Inherited) error {
	null, err := sys.DevNull()
	if err != nil {
		return err
	}
	self, err := sys.OpenPidfd(os.Getpid(), false)
	if err != nil {
		return err
	}
	child := sys.Child{
		Image:     sys.Image{Path: SupervisorPath, Argv: o.flags()},
		Inherited: sys.Inherited{Nofile: in.Nofile},
		Files:     []int{null, null, unix.Stderr, listener, self}, // as cmd/gobind-supervisor expects them
		Setsid:    true, Root: true, Detach: true,
	}
	_, err = child.Start()
	return err
}
