package unit

import (
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// maxFile is how much of a unit file is read, in bytes.
const maxFile = 1 << 20

// image is the file system of a machine, or of one that does not run, whose links
// stay below its root.
type image struct{ root int }

func openImage(root string) (*image, error) {
	if root == "" {
		root = "/"
	}
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: root, Err: err}
	}
	return &image{fd}, nil
}

func (m *image) close() { _ = unix.Close(m.root) }

func (m *image) open(name string, flags uint64) (*os.File, error) {
	fd, err := unix.Openat2(m.root, path.Join(".", name), &unix.OpenHow{
		Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// read reads a regular file. What is none, as /dev/null, has no text.
func (m *image) read(name string) (string, error) {
	f, err := m.open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = &os.PathError{Op: "read", Path: name, Err: unix.EFBIG}
	}
	return string(text), err
}

// names are the names in a directory, none if it is not there.
func (m *image) names(dir string) ([]string, error) {
	f, err := m.open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return f.Readdirnames(-1)
}

// exists reports whether a name leads to something.
func (m *image) exists(name string) bool {
	f, err := m.open(name, unix.O_PATH)
	if err == nil {
		_ = f.Close()
	}
	return err == nil
}

// link is what a symbolic link says, "" if the name is none.
func (m *image) link(name string) string {
	dir, err := m.open(path.Dir(name), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return ""
	}
	defer dir.Close() //nolint:errcheck // an O_PATH descriptor
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(dir.Fd()), path.Base(name), buf)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(buf[:n]))
}
