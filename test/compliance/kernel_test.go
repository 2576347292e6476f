package compliance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// mountNoexec mounts an empty noexec file system at path, for this case.
func (r *runner) mountNoexec(path string) error {
	if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_NOEXEC, "mode=0755"); err != nil {
		return fmt.Errorf("mount noexec: %w", err)
	}
	r.t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			r.t.Errorf("unmount %s: %v", path, err)
		}
	})
	return nil
}

// sysctl sets a kernel variable of the world, for this case.
func (r *runner) sysctl(name, value string) error {
	path := filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r.t.Cleanup(func() {
		if err := os.WriteFile(path, old, 0); err != nil {
			r.t.Error(err)
		}
	})
	return os.WriteFile(path, []byte(value), 0)
}

// feed writes text to the FIFO at path as soon as somebody reads it, and gives up
// when the case ends.
func (r *runner) feed(path, text string) error {
	done, fed := make(chan struct{}), make(chan error, 1)
	go func() { fed <- feedFIFO(path, text, done) }()
	r.t.Cleanup(func() {
		close(done)
		if err := <-fed; err != nil {
			r.t.Error(err)
		}
	})
	return nil
}

// feedFIFO tries until there is a reader (ENXIO says there is none) or done.
func feedFIFO(path, text string, done <-chan struct{}) error {
	for {
		f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK, 0)
		if err == nil {
			_, err = f.WriteString(text)
			return errors.Join(err, f.Close())
		}
		if !errors.Is(err, unix.ENXIO) {
			return err
		}
		select {
		case <-done:
			return nil
		case <-time.After(time.Millisecond):
		}
	}
}
