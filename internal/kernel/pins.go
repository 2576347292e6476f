package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// makePins makes the directory of the pins. An unprivileged user could attach a
// program whose pin it may open to a cgroup of its own.
func makePins(dir string) error {
	var fs unix.Statfs_t
	parent := filepath.Dir(dir)
	if err := unix.Statfs(parent, &fs); err != nil {
		return fmt.Errorf("look at %s: %w", parent, err)
	}
	if fs.Type != unix.BPF_FS_MAGIC {
		return fmt.Errorf("%s is no bpf file system (mount -t bpf -o mode=0700 bpf %s)", parent, parent)
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, os.ErrExist) {
		d, err := openPins(dir)
		if err != nil {
			return err
		}
		return errors.Join(ErrEnabled, d.Close())
	}
	return err
}

// ErrForeign is the error where something that somebody else may have made is in the
// place of a backend: a bpf file system is by default everybody's to make names in.
var ErrForeign = errors.New("is not a directory of root's alone")

// openPins opens the directory of the pins. In one that root has made, nobody else can
// put another under its name, since the parent has the sticky bit if it is not root's
// alone.
func openPins(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	switch err {
	case nil:
	case unix.ENOENT:
		return nil, ErrDisabled
	case unix.ENOTDIR, unix.ELOOP:
		return nil, fmt.Errorf("%s %w", dir, ErrForeign)
	default:
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Uid != 0 || st.Mode&0o022 != 0 {
		_ = unix.Close(fd)
		return nil, errors.Join(err, fmt.Errorf("%s %w", dir, ErrForeign))
	}
	return os.NewFile(uintptr(fd), dir), nil
}

// pin pins an object, for root alone to open.
func pin(object interface{ Pin(string) error }, path string) error {
	if err := object.Pin(path); err != nil {
		return fmt.Errorf("pin %s: %w", path, err)
	}
	return os.Chmod(path, 0o600)
}

// lock waits until nobody else changes the backend, and returns what lets others.
func lock(dir string) (func(), error) {
	for {
		d, err := openPins(dir)
		if err != nil {
			return nil, err
		}
		if err := flock(d, unix.LOCK_EX); err != nil {
			_ = d.Close()
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		if !removed(d) {
			return func() { _ = d.Close() }, nil
		}
		_ = d.Close() // what was disabled meanwhile; there may be another
	}
}

// flock locks an open file, until it is closed.
func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// removed reports whether an open directory has no name any more.
func removed(d *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(d.Fd()), &st) != nil || st.Nlink == 0
}

// openMaps opens the maps of a backend. The error is ErrDisabled if there is none.
func openMaps(dir string) (kernelMaps, error) {
	d, err := openPins(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close() //nolint:errcheck // it was only looked at
	m := kernelMaps{}
	for name := range outer() {
		one, err := ebpf.LoadPinnedMap(filepath.Join(dir, name), nil)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open the map %s: %w", name, err), m.close())
		}
		m[name] = one
	}
	return m, nil
}
