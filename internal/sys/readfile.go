package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// ReadFile reads a small file of /proc with three system calls, where os.ReadFile
// takes ten. A file of more than 64 KiB is an error.
func ReadFile(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	buf := make([]byte, 4096)
	for n := 0; ; {
		got, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "read", Path: name, Err: err}
		}
		if n += got; n < len(buf) && (got == 0 || n > 0 && buf[n-1] == '\n') {
			return buf[:n], nil
		}
		if n == len(buf) {
			if len(buf) >= 1<<16 {
				return nil, &os.PathError{Op: "read", Path: name, Err: unix.EFBIG}
			}
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}
