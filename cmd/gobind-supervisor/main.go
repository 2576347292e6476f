// Command gobind-supervisor answers the bind(2) notifications of a target: see
// package supervisor. gobind starts it; it has no privilege of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"gobind/internal/control"
	"gobind/internal/supervisor"
	"gobind/internal/sys"
)

// Descriptors that gobind passes in launch mode inplace, beside 0 to 2.
const (
	gobindFD = 3 // a socket, on which the listener comes
	targetFD = 4 // a pidfd
)

// errArguments is a wrong number of arguments.
var errArguments = errors.New("arguments")

// options are what gobind says on the command line.
type options struct {
	authbind, quiet bool
	control         int      // launch mode parent: the socket to gobind; else 0
	listen          []string // sockets to pass to the target, and no supervisor
	target          []string // launch mode parent, and with listen: path, and argv from zero on
}

// The main thread never ends: with the filter of a target in it, the listener
// would never report that no covered task is left. So it is main's alone.
func init() { runtime.LockOSThread() }

func main() {
	opts, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprint(os.Stderr, byHand)
		os.Exit(64)
	}
	if len(opts.listen) > 0 {
		os.Exit(listen(opts))
	}
	if opts.control > 0 {
		err = parent(opts)
	} else {
		err = inPlace(opts)
	}
	if err != nil {
		newTUI(opts).fail(err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("gobind-supervisor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.authbind, "authbind", false, "")
	flags.BoolVar(&o.quiet, "quiet", false, "")
	flags.IntVar(&o.control, "control", 0, "")
	flags.Func("listen", "", func(text string) error {
		o.listen = append(o.listen, text)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.target = flags.Args()
	starts := o.control > 0 || len(o.listen) > 0
	if starts && len(o.target) < 2 || !starts && len(o.target) > 0 {
		return o, errArguments
	}
	return o, nil
}

// inPlace supervises the process that gobind has become, or ends if an outer
// gobind does already.
func inPlace(opts options) error {
	supervisor.IgnoreSignals()
	unix.CloseOnExec(gobindFD)
	unix.CloseOnExec(targetFD)
	supervisor.NewReaper().Start(func(sys.Changed) error { return nil }, func(error) {})
	ui := newTUI(opts)
	s, err := newSupervisor(opts, supervisor.InPlace, ui)
	if err != nil {
		return err
	}
	e, listener, err := control.Receive(gobindFD)
	if err != nil || e.Kind != control.Supervise || listener < 0 {
		return nil // gobind was told why, or is no more
	}
	_ = unix.Close(gobindFD)
	return s.Run(listener, targetFD, ui.silence)
}

// parent starts the target as its child, and supervises it.
func parent(opts options) error {
	supervisor.IgnoreSignals()
	unix.CloseOnExec(opts.control)
	ui := newTUI(opts)
	s, err := newSupervisor(opts, supervisor.Parent, ui)
	if err != nil {
		return tellFailure(opts.control, err)
	}
	in, _ := sys.Recorded()
	image := sys.Image{Path: opts.target[0], Argv: opts.target[1:], Env: os.Environ()}
	target, err := supervisor.StartTarget(image, in, opts.control, func(err error) {
		newTUI(opts).fail(err)
		os.Exit(1)
	})
	if err != nil {
		return tellFailure(opts.control, err)
	}
	if err := sys.Detach(); err != nil {
		target.Kill()
		return &control.KilledError{Err: err}
	}
	if target.Listener >= 0 {
		runtime.GOMAXPROCS(1) // as gobind says it in launch mode inplace, by an environment that is nobody else's
		if err := s.Run(target.Listener, target.Pidfd, ui.silence); err != nil {
			ui.fail(err)
		}
	}
	target.Wait()
	return nil
}

// tellFailure tells gobind that there is no target, or none any more. gobind tells
// the user.
func tellFailure(fd int, err error) error {
	e := control.Event{Kind: control.Broken, Value: uint32(unix.EIO)}
	var errno unix.Errno
	if errors.As(err, &errno) {
		e.Value = uint32(errno)
	}
	var start *supervisor.StartError
	var killed *control.KilledError
	switch {
	case errors.As(err, &start):
		e.Kind = control.Failed
	case errors.As(err, &killed):
		e.Kind = control.Killed
	}
	return control.Send(fd, e, -1)
}

func newSupervisor(opts options, mode supervisor.Mode, ui *tui) (*supervisor.Supervisor, error) {
	s, err := supervisor.New(ui)
	if err != nil {
		return nil, err
	}
	s.Authbind, s.Mode = opts.authbind, mode
	return s, nil
}
