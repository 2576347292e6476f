package sys

import "golang.org/x/sys/unix"

// WriteNew makes a file in the directory, of mode 0644 and root's, and writes it to the
// disk. There must be none of that name. After an error it may be there in part.
func WriteNew(dir int, name string, text []byte) (err error) {
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closed := unix.Close(fd); err == nil {
			err = closed
		}
	}()
	for len(text) > 0 {
		n, err := unix.Write(fd, text)
		if err != nil && err != unix.EINTR {
			return err
		}
		text = text[max(n, 0):]
	}
	if err := unix.Fchown(fd, 0, 0); err != nil {
		return err
	}
	if err := unix.Fchmod(fd, 0o644); err != nil {
		return err
	}
	return unix.Fsync(fd)
}
