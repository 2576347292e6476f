package tree

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// FS is the file system of a machine, or of an image. It must be closed.
type FS struct{ root int }

// NewFS looks at the system below root; "" is this machine.
func NewFS(root string) (*FS, error) {
	if root == "" {
		root = "/"
	}
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: root, Err: err}
	}
	return &FS{fd}, nil
}

// Close ends the use of f.
func (f *FS) Close() { _ = unix.Close(f.root) }

// Flags to read with: a device or a FIFO does not make it wait.
const reading = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY

// open opens an absolute path below the root.
func (f *FS) open(name string, flags uint64) (int, error) {
	return unix.Openat2(f.root, path.Join(".", name), &unix.OpenHow{
		Flags:   flags | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
}

// Stat looks at what name leads to, through links, and at its access control list.
func (f *FS) Stat(name string) Entry { return f.look(name, unix.O_PATH) }

// Lstat looks at name itself, which may be a link.
func (f *FS) Lstat(name string) Entry { return f.look(name, unix.O_PATH|unix.O_NOFOLLOW) }

func (f *FS) look(name string, flags uint64) Entry {
	e := Entry{Name: path.Base(name), Path: name}
	fd, err := f.open(name, flags)
	if err != nil {
		e.Err = err
		return e
	}
	defer unix.Close(fd) //nolint:errcheck // an O_PATH descriptor
	if e.Err = unix.Fstat(fd, &e.Stat); e.Err != nil {
		return e
	}
	var fs unix.Statfs_t
	e.NoExec = unix.Fstatfs(fd, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0
	e.ACL, e.Err = readACL(fmt.Sprintf("/proc/self/fd/%d", fd), e.Stat)
	return e
}

// ReadFile returns the entry of a regular file with its content, of which no more
// than limit bytes are read.
func (f *FS) ReadFile(name string, limit int64) Entry {
	e := f.Stat(name)
	if e.Err != nil || !e.IsRegular() || e.Stat.Size > limit {
		return e
	}
	fd, err := f.open(name, reading)
	if err != nil {
		e.Err = err
		return e
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close() //nolint:errcheck // only read
	e.Content, e.Err = io.ReadAll(io.LimitReader(file, limit))
	return e
}

// readDir are the names in a directory, in order.
func (f *FS) readDir(name string) ([]string, error) {
	fd, err := f.open(name, reading|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close() //nolint:errcheck // only read
	entries, err := file.ReadDir(-1)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, err
}

// maxLinks is how many symbolic links the kernel follows.
const maxLinks = 40

// Way are the directories and links that lead to name, from the root on; name
// itself is the last, unless the way ends before.
func (f *FS) Way(name string) []Entry {
	way := []Entry{f.Lstat("/")}
	rest, at := strings.Split(strings.Trim(name, "/"), "/"), "/"
	for links := 0; len(rest) > 0 && links < maxLinks; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		e := f.Lstat(next)
		way = append(way, e)
		if e.Err != nil {
			break
		}
		if !e.IsLink() {
			at = next
			continue
		}
		links++
		target, err := f.readLink(next)
		if err != nil {
			break
		}
		if path.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
	}
	return way
}

func (f *FS) readLink(name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(f.root, path.Join(".", name), buf)
	return string(buf[:max(n, 0)]), err
}

// Absent reports whether the error says that a name leads nowhere.
func Absent(err error) bool { return errors.Is(err, unix.ENOENT) }
