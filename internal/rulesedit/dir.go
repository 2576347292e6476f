package rulesedit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockName is the file in the directory of rules whose lock gobindctl holds while
// it changes something. Root alone can open it: nobody else can hold it.
const lockName = ".gobindctl.lock"

// Dir is a directory of rules files that root alone can write to.
type Dir struct {
	base base   // what its names are below
	real string // the directory below the base, without symbolic links
	fd   int
	lock int // the lock's file, or -1
	held bool
}

// Open opens the directory rules.d in conf, an absolute path, of the system whose
// root directory is root; if create is set, it is made if conf is there.
func Open(root, conf string, create bool) (*Dir, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	slash, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: "/", Err: err}
	}
	defer unix.Close(slash) //nolint:errcheck // an O_PATH descriptor
	all := base{fd: slash, name: "/"}
	resolved, err := all.resolve(root)
	if err != nil {
		return nil, err
	}
	d := &Dir{fd: -1, lock: -1, base: base{name: root, strict: true}}
	if d.base.fd, err = all.open(resolved, unix.O_PATH|unix.O_DIRECTORY); err != nil {
		return nil, err
	}
	if err := d.open(conf, create); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Dir) open(conf string, create bool) error {
	if _, err := d.base.resolve(conf); err != nil { // the helper demands that it is safe, too
		return err
	}
	resolved, err := d.base.resolve(filepath.Join(conf, "rules.d"))
	if create && errors.Is(err, fs.ErrNotExist) {
		if err := d.make(conf); err != nil {
			return err
		}
		resolved, err = d.base.resolve(filepath.Join(conf, "rules.d"))
	}
	if err != nil {
		return err
	}
	d.real = resolved
	d.fd, err = d.base.open(resolved, unix.O_RDONLY|unix.O_DIRECTORY)
	return err
}

// make makes rules.d in conf.
func (d *Dir) make(conf string) error {
	resolved, err := d.base.resolve(conf)
	if err != nil {
		return err
	}
	fd, err := d.base.open(resolved, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it was synced
	if err := unix.Mkdirat(fd, "rules.d", 0o755); err != nil && err != unix.EEXIST {
		return d.pathError("mkdir", "", err)
	}
	if err := unix.Fchmodat(fd, "rules.d", 0o755, 0); err != nil {
		return d.pathError("chmod", "", err)
	}
	return unix.Fsync(fd)
}

// Close lets go of the directory and its lock.
func (d *Dir) Close() {
	if d.held {
		_ = unix.Ftruncate(d.lock, 0)
	}
	for _, fd := range []int{d.lock, d.fd, d.base.fd} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// Path is the path of a file in the directory, as the user knows it.
func (d *Dir) Path(name string) string { return d.base.shown(filepath.Join(d.real, name)) }

func (d *Dir) pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: d.Path(name), Err: err}
}

// LockedError says that somebody else is changing the directory.
type LockedError struct {
	Path string
	PID  int // 0 if it is not to be seen
}

func (e *LockedError) Error() string {
	if e.PID > 0 {
		return fmt.Sprintf("%s is being changed by process %d", e.Path, e.PID)
	}
	return e.Path + " is being changed by another process"
}

// Lock waits until nobody else has the lock, for at most so long, takes it, and
// removes what was left by one who died with it. It ends with the process or with
// Close. It is the open file's, not the process's: that would end when anything in
// this process closes the file.
func (d *Dir) Lock(wait time.Duration) error {
	fd, err := unix.Openat(d.fd, lockName, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return d.pathError("open", lockName, err)
	}
	d.lock = fd
	if err := unix.Fchmod(fd, 0o600); err != nil {
		return d.pathError("chmod", lockName, err)
	}
	err = takeLock(fd, wait)
	if err == unix.EAGAIN || err == unix.EACCES {
		return &LockedError{d.Path(""), holder(fd)}
	}
	if err != nil {
		return d.pathError("lock", lockName, err)
	}
	d.held = true
	sign(fd)
	return d.clean()
}

// takeLock takes the lock of the file, or returns EAGAIN when wait is over. It may
// then take it later all the same, until the file is closed.
func takeLock(fd int, wait time.Duration) error {
	set := func(cmd int) error {
		for {
			err := unix.FcntlFlock(uintptr(fd), cmd, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
			if err != unix.EINTR {
				return err
			}
		}
	}
	err := set(unix.F_OFD_SETLK)
	if wait == 0 || err != unix.EAGAIN && err != unix.EACCES {
		return err
	}
	taken := make(chan error, 1)
	go func() { taken <- set(unix.F_OFD_SETLKW) }()
	select {
	case err := <-taken:
		return err
	case <-time.After(wait):
		return unix.EAGAIN
	}
}

// sign leaves word of who has the lock, if the disk has room for it.
func sign(fd int) {
	if unix.Ftruncate(fd, 0) == nil {
		_, _ = unix.Pwrite(fd, fmt.Appendln(nil, os.Getpid()), 0)
	}
}

// holder is the process that has the lock by its own word, 0 if that is not there.
func holder(fd int) int {
	var text [16]byte
	n, _ := unix.Pread(fd, text[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:max(n, 0)])))
	if err != nil || pid <= 0 || unix.Kill(pid, 0) == unix.ESRCH {
		return 0
	}
	return pid
}

// clean removes temporary files that were left behind.
func (d *Dir) clean() error {
	names, err := d.list(isTemporary)
	for _, name := range names {
		if err := unix.Unlinkat(d.fd, name, 0); err != nil {
			return d.pathError("unlink", name, err)
		}
	}
	return err
}

// list lists the names in the directory that are wanted, in order.
func (d *Dir) list(wanted func(name string) bool) ([]string, error) {
	fd, err := d.base.open(d.real, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), d.Path(""))
	defer f.Close() //nolint:errcheck // it was only read
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if wanted(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
