package sys

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Detach makes this process independent of who started it: a session of its own,
// / as its working directory, /dev/null as standard input and output, and none
// of the descriptors that it inherited but standard error. What it opened by
// itself is close-on-exec, and by that it is told apart.
func Detach() error {
	if _, err := unix.Setsid(); err != nil {
		return fmt.Errorf("setsid: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("chdir: %w", err)
	}
	null, err := DevNull()
	if err != nil {
		return err
	}
	defer unix.Close(null) //nolint:errcheck // /dev/null
	for fd := range 2 {
		if err := unix.Dup3(null, fd, 0); err != nil {
			return fmt.Errorf("dup3: %w", err)
		}
	}
	return closeInherited()
}

// closeInherited closes all descriptors above 2 that are not close-on-exec.
func closeInherited() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("list the descriptors: %w", err)
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd <= 2 {
			continue
		}
		if IsInherited(fd) {
			_ = unix.Close(fd)
		}
	}
	return nil
}
