package activation

import (
	"context"
	"fmt"
	"os"
	"time"

	"gobind/client"
	"gobind/internal/sys"
)

// patience is how long the helper may take for all sockets together.
const patience = 30 * time.Second

// InTheWayError says that a descriptor is open that a socket must have.
type InTheWayError struct{ FD int }

func (e *InTheWayError) Error() string {
	return fmt.Sprintf("descriptor %d is open, and --listen needs it", e.FD)
}

// ExecError says that the program cannot be executed.
type ExecError struct {
	Name string
	Err  error // of execve(2)
}

func (e *ExecError) Error() string { return fmt.Sprintf("%q: %v", e.Name, e.Err) }

// Unwrap returns the error of the system call.
func (e *ExecError) Unwrap() error { return e.Err }

// Run makes the sockets by b and becomes the program. It returns only on failure, with
// an [ExecError], [SocketError], [InheritedError] or [InTheWayError], or an error of a
// system call. The calling goroutine must be locked to the main thread.
func Run(image sys.Image, in sys.Inherited, specs []Spec, b *client.Binder) error {
	pid := os.Getpid()
	names, err := inherited(image.Env, pid)
	if err != nil {
		return err
	}
	from := first + len(names)
	for fd := from; fd < from+len(specs); fd++ {
		if sys.IsInherited(fd) {
			return &InTheWayError{fd}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	fds, err := openAll(ctx, specs, b)
	if err != nil {
		return err
	}
	for _, s := range specs {
		names = append(names, s.Name)
	}
	image.Env = environment(image.Env, names, pid)
	if err := sys.Place(from, fds); err != nil {
		return err
	}
	return &ExecError{Name: image.Argv[0], Err: image.Exec(in)}
}
