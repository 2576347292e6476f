package sys

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// ReadFile reads a small file of /proc with three system calls, where os.ReadFile
// takes ten. A file of more than 1 MiB is an error; one with 65,536 groups has less.
func ReadFile(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	text, err := ReadAgain(fd, nil)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: name, Err: err}
	}
	return text, nil
}

// ReadAgain reads all of a small file of /proc that is open, as it is now, into buf
// or, where that is too small, into another.
func ReadAgain(fd int, buf []byte) ([]byte, error) {
	buf = slices.Grow(buf[:0], 4096)
	buf = buf[:cap(buf)]
	for n := 0; ; {
		got, err := unix.Pread(fd, buf[n:], int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n += got; n < len(buf) && (got == 0 || n > 0 && buf[n-1] == '\n') {
			return buf[:n], nil
		}
		if n == len(buf) {
			if len(buf) >= 1<<20 {
				return nil, unix.EFBIG
			}
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}
