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
		return fmt.Errorf("%s is no bpf file system (mount -t bpf bpf %s)", parent, parent)
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, os.ErrExist) {
		return ErrEnabled
	}
	return err
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
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrDisabled
	}
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(d.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		_ = d.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { _ = d.Close() }, nil
}

// openMaps opens the maps of a backend.
func openMaps(dir string) (kernelMaps, error) {
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
