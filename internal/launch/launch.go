package launch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"gobind/internal/inkernel"
	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// SupervisorPath is gobind-supervisor, set at link time.
var SupervisorPath = "/usr/local/libexec/gobind/gobind-supervisor"

// Mode is the launch mode: see the package comment.
type Mode string

// The launch modes. Auto takes inplace where it works, and parent elsewhere.
const (
	Auto    Mode = "auto"
	InPlace Mode = "inplace"
	Parent  Mode = "parent"
)

// Options say what to start, and how.
type Options struct {
	Argv     []string // the program, looked up as execvp(3) does, and its arguments
	Mode     Mode
	Authbind bool // the supervisor judges and refuses as authbind does, silently
	Quiet    bool // no diagnostics
	// Plainly is called before the program is executed without a supervisor,
	// because the kernel itself goes by policy. It may be nil.
	Plainly func()
	// Alone is called, in launch mode parent, when the supervisor has died and the
	// program goes on without it. It may be nil.
	Alone func()
}

// Run starts the program. It returns only when that failed, with an error, or in
// mode parent when the program has ended, with its exit status; if a signal
// ended the program, this process dies of the same. The calling goroutine must be
// locked to the main thread.
func Run(o Options) (int, error) {
	image, in, err := Lookup(o.Argv)
	if err != nil {
		return 0, err
	}
	if o.Mode == Auto && !o.Authbind && covered() {
		if o.Plainly != nil {
			o.Plainly()
		}
		return 0, &ProgramError{Name: o.Argv[0], Err: image.Exec(in)}
	}
	mode, err := Choose(o.Mode, YamaScope(), os.Geteuid() == 0)
	if err != nil {
		return 0, err
	}
	if err := sys.CheckProc(); err != nil {
		return 0, err
	}
	if err := seccomp.Supported(); err != nil {
		return 0, &KernelError{err}
	}
	if err := unix.Access(SupervisorPath, unix.X_OK); err != nil {
		return 0, fmt.Errorf("start %s: %w", SupervisorPath, err)
	}
	if mode == Parent {
		return runParent(o, image, in)
	}
	return 0, runInPlace(o, image, in)
}

// Lookup finds the program as execvp(3) does, and what it is to inherit of this process.
func Lookup(argv []string) (sys.Image, sys.Inherited, error) {
	path, err := sys.LookPath(argv[0], searchPath())
	if err != nil {
		return sys.Image{}, sys.Inherited{}, &ProgramError{Name: argv[0], Err: err}
	}
	in, ok := sys.Recorded()
	if !ok {
		return sys.Image{}, sys.Inherited{}, ErrEntry
	}
	return sys.Image{Path: path, Argv: argv, Env: os.Environ()}, in, nil
}

// covered reports whether the kernel goes by all of policy for this process.
func covered() bool {
	mark, ok := inkernel.Read()
	return ok && mark.Covers()
}

// searchPath is the value of PATH, or what execvp(3) takes without one.
func searchPath() string {
	if path, ok := os.LookupEnv("PATH"); ok {
		return path
	}
	return "/bin:/usr/bin"
}

// ErrEntry is returned by Run in a program that was not linked as it must be.
var ErrEntry = errors.New("this gobind was linked without -E gobind_entry")

// ProgramError says that the program cannot be executed.
type ProgramError struct {
	Name string
	Err  error // of a system call
}

func (e *ProgramError) Error() string { return fmt.Sprintf("%q: %v", e.Name, e.Err) }

// Unwrap returns the error of the system call.
func (e *ProgramError) Unwrap() error { return e.Err }

// NotFound reports whether there is no such program, as opposed to one that
// cannot be executed.
func (e *ProgramError) NotFound() bool {
	return errors.Is(e.Err, unix.ENOENT) || errors.Is(e.Err, unix.ENOTDIR)
}

// KernelError says that this kernel, or what it was told, lacks what gobind
// needs.
type KernelError struct{ Err error }

func (e *KernelError) Error() string { return "the kernel lacks what gobind needs: " + e.Err.Error() }

// Unwrap returns what was missing.
func (e *KernelError) Unwrap() error { return e.Err }

// flags are the supervisor's options.
func (o Options) flags() []string {
	flags := []string{"gobind-supervisor"}
	if o.Authbind {
		flags = append(flags, "-authbind")
	}
	if o.Quiet {
		flags = append(flags, "-quiet")
	}
	return flags
}
