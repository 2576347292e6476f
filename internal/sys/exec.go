package sys

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shell runs an executable file that the kernel cannot, as execvp(3) does.
const shell = "/bin/sh"

// Image is a program to execute.
type Image struct {
	Path      string // as LookPath returned it
	Argv, Env []string
}

// LookPath finds the program as execvp(3) does: a name with a slash is a path,
// any other is looked up in path (the value of PATH, unset: /bin:/usr/bin). An
// error is ENOENT, or EACCES where a file was found that may not be executed.
func LookPath(name, path string) (string, error) {
	if name == "" {
		return "", unix.ENOENT
	}
	if strings.ContainsRune(name, '/') {
		return name, executable(name)
	}
	result := error(unix.ENOENT)
	for _, dir := range strings.Split(path, ":") {
		if dir == "" {
			dir = "."
		}
		file := dir + "/" + name
		err := executable(file)
		if err == nil {
			return file, nil
		}
		if errors.Is(err, unix.EACCES) {
			result = err
		}
	}
	return "", result
}

// executable reports whether this process may execute the file, EACCES for what
// is no regular file.
func executable(file string) error {
	info, err := os.Stat(file)
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	if err == nil && !info.Mode().IsRegular() {
		return unix.EACCES
	}
	return unix.Faccessat(unix.AT_FDCWD, file, unix.X_OK, unix.AT_EACCESS)
}

// Exec replaces this process by the program, with what it inherited restored on
// the calling thread, which must be locked. It returns only on failure.
func (i Image) Exec(in Inherited) error {
	in.restore()
	err := syscall.Exec(i.Path, i.Argv, i.Env)
	if errors.Is(err, unix.ENOEXEC) {
		err = syscall.Exec(shell, append([]string{shell, i.Path}, i.Argv[1:]...), i.Env)
	}
	return err
}

// restore undoes on the calling thread what the Go runtime changed, except the
// handlers: execve(2) resets those, and syscall.Exec the limit of open files.
func (in Inherited) restore() {
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		if in.IsIgnored(sig) {
			act := sigaction{handler: sigIgn}
			_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0)
		}
	}
	_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&in.Blocked)), 0, 8, 0, 0)
	setSlack(in.Slack)
	closeAll(in.Closed)
}

// setSlack sets how late timers of the calling thread, and of what it starts, may be;
// 0: leaves it.
func setSlack(slack uint64) {
	if slack != 0 {
		_, _, _ = syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, uintptr(slack), 0)
	}
}

// sigaction is the kernel's struct sigaction with room for every architecture;
// all but the handler stays zero.
type sigaction struct {
	handler uint64
	_       [3]uint64
}

const sigIgn = 1

// exec adds the program to the script, and the shell for one that the kernel
// cannot execute.
func (s *script) exec(i Image) error {
	if len(i.Argv) == 0 {
		return fmt.Errorf("execute %s: no argument zero", i.Path)
	}
	env, err := s.vector(i.Env)
	if err != nil {
		return err
	}
	for _, image := range []Image{
		{Path: i.Path, Argv: i.Argv},
		{Path: shell, Argv: append([]string{shell, i.Path}, i.Argv[1:]...)},
	} {
		argv, err := s.vector(image.Argv)
		if err != nil {
			return err
		}
		path, err := s.cstring(image.Path)
		if err != nil {
			return err
		}
		s.add(unix.SYS_EXECVE, path, argv, env).tolerate = unix.ENOEXEC
	}
	return nil
}

// cstring returns the address of a C string that the script keeps.
func (s *script) cstring(text string) (uintptr, error) {
	p, err := syscall.BytePtrFromString(text)
	if err != nil {
		return 0, fmt.Errorf("pass %q to a program: %w", text, err)
	}
	s.keep = append(s.keep, p)
	return uintptr(unsafe.Pointer(p)), nil
}

// vector returns the address of a null-terminated array of C strings.
func (s *script) vector(texts []string) (uintptr, error) {
	pointers, err := syscall.SlicePtrFromStrings(texts)
	if err != nil {
		return 0, fmt.Errorf("pass an argument to a program: %w", err)
	}
	s.keep = append(s.keep, pointers)
	return uintptr(unsafe.Pointer(&pointers[0])), nil
}
