package rulesedit

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// MaxSize is the helper's bound of a file of rules, in bytes.
const MaxSize = 8 << 20

// suffix is that of the names of rules files. A temporary file has another after
// it, so that nobody takes it for one.
const (
	suffix    = ".rules"
	temporary = ".new"
)

func isTemporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, suffix+temporary)
}

// IsRules reports whether the name is that of a rules file.
func IsRules(name string) bool {
	return strings.HasSuffix(name, suffix) && !strings.HasPrefix(name, ".") && !strings.Contains(name, "/")
}

// Names are the names of the rules files in the directory, in the order in which
// they count.
func (d *Dir) Names() ([]string, error) {
	names, err := d.list(IsRules)
	slices.Sort(names)
	return names, err
}

// Read reads a rules file, which must be a regular file that root alone can write
// to. That there is none is an error that is fs.ErrNotExist.
func (d *Dir) Read(name string) ([]byte, error) {
	resolved, err := d.base.follow(filepath.Join(d.real, name))
	if err != nil {
		return nil, err
	}
	fd, err := d.base.open(resolved, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, d.pathError("stat", name, err)
	}
	if err := believable(d.Path(name), &st); err != nil {
		return nil, err
	}
	text := make([]byte, st.Size)
	for n := 0; n < len(text); {
		got, err := unix.Read(fd, text[n:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, d.pathError("read", name, err)
		case got == 0:
			return text[:n], nil
		default:
			n += got
		}
	}
	return text, nil
}

// ReadOwn is Read of a file that is to be replaced, which must not be a symbolic
// link, or its text if there is none: nothing.
func (d *Dir) ReadOwn(name string) ([]byte, error) {
	st, _, err := d.base.status(filepath.Join(d.real, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK:
		return nil, &UnsafeError{d.Path(name), "is a symbolic link, and would be replaced"}
	case err != nil:
		return nil, err
	}
	return d.Read(name)
}

// believable demands of a rules file what the helper does.
func believable(path string, st *unix.Stat_t) error {
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return &UnsafeError{path, "is not a regular file"}
	case !rootOnly(st):
		return unsafeOwner(path, st)
	case st.Size > MaxSize:
		return tooLarge(path)
	default:
		return nil
	}
}

func tooLarge(path string) error {
	return &UnsafeError{path, fmt.Sprintf("is larger than %d MiB", MaxSize>>20)}
}

// Replace gives a file another text, of mode 0644 and root's, or makes it. Whoever
// looks meanwhile, and whoever comes after the system has stopped in the midst of
// it, finds the old text or the new one. The lock must be held. After an error the
// file is as it was, unless the error is a *DurabilityError.
func (d *Dir) Replace(name string, text []byte) error {
	if len(text) > MaxSize {
		return tooLarge(d.Path(name))
	}
	next := "." + name + temporary
	if err := sys.WriteNew(d.fd, next, text); err != nil {
		_ = unix.Unlinkat(d.fd, next, 0)
		return d.pathError("write", name, err)
	}
	if err := unix.Renameat(d.fd, next, d.fd, name); err != nil {
		_ = unix.Unlinkat(d.fd, next, 0)
		return d.pathError("rename", name, err)
	}
	if err := unix.Fsync(d.fd); err != nil {
		return &DurabilityError{d.Path(name), err}
	}
	return nil
}

// DurabilityError says that a file was replaced, and may be the old one again after
// a crash.
type DurabilityError struct {
	Path string
	Err  error
}

func (e *DurabilityError) Error() string {
	return fmt.Sprintf("sync the directory of %s: %v; the file is the new one, and may be the old one after a crash", e.Path, e.Err)
}

func (e *DurabilityError) Unwrap() error { return e.Err }
