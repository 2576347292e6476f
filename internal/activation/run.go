package activation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gobind/client"
	"gobind/internal/launch"
	"gobind/internal/sys"
)

// patience is how long the helper may take for all sockets together.
const patience = 30 * time.Second

// InTheWayError says that a descriptor is open that a socket must have.
type InTheWayError struct{ FD, Count int }

func (e *InTheWayError) Error() string {
	return fmt.Sprintf("descriptor %d is open, and --listen needs it", e.FD)
}

// Run makes the sockets and becomes the program. It returns only on failure, with a
// [launch.ProgramError], [SocketError], [InheritedError], [InTheWayError] or what
// launch.Lookup returns. The calling goroutine must be locked to the main thread.
func Run(argv []string, specs []Spec, helperPath string) error {
	image, in, err := launch.Lookup(argv)
	if err != nil {
		return err
	}
	pid := os.Getpid()
	names, err := inherited(image.Env, pid)
	if err != nil {
		return err
	}
	from := first + len(names)
	for fd := from; fd < from+len(specs); fd++ {
		if sys.IsInherited(fd) {
			return &InTheWayError{fd, len(specs)}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	fds, err := openAll(ctx, specs, &client.Binder{HelperPath: helperPath, Program: filepath.Base(argv[0])})
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
	return &launch.ProgramError{Name: argv[0], Err: image.Exec(in)}
}
