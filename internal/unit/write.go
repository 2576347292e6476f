package unit

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// Differs reports whether the drop-in is not there as it shall be. A file that
// gobindctl did not write is an error: it is not replaced.
func (d DropIn) Differs(root string) (bool, error) {
	m, err := openImage(root)
	if err != nil {
		return false, err
	}
	defer m.close()
	before, err := m.readOwn(d.Path)
	return err == nil && before != d.Text && d.Text != "", err
}

// Write installs the drop-in in the system below root, whole or not at all.
func (d DropIn) Write(root string) error {
	m, err := openImage(root)
	if err != nil {
		return err
	}
	defer m.close()
	dir, err := m.makeDir(path.Dir(d.Path))
	if err != nil {
		return err
	}
	defer dir.Close() //nolint:errcheck // it was synced
	if err := replace(dir, fileName, d.Text); err != nil {
		return fmt.Errorf("write %s: %w", d.Path, err)
	}
	return nil
}

// Removal is the drop-in of a service's that gobindctl has written, "" as its text if
// there is none.
func Removal(root, name string) (DropIn, error) {
	d := DropIn{Path: pathOf(name)}
	m, err := openImage(root)
	if err != nil {
		return d, err
	}
	defer m.close()
	d.Text, err = m.readOwn(d.Path)
	return d, err
}

// Remove removes the drop-in, and its directory if nothing else is in it.
func (d DropIn) Remove(root string) error {
	m, err := openImage(root)
	if err != nil {
		return err
	}
	defer m.close()
	dir, err := m.safeDir(path.Dir(d.Path))
	if err != nil {
		return err
	}
	defer dir.Close() //nolint:errcheck // it was synced
	if err := unix.Unlinkat(int(dir.Fd()), fileName, 0); err != nil {
		return fmt.Errorf("remove %s: %w", d.Path, err)
	}
	if err := dir.Sync(); err != nil {
		return err
	}
	parent, err := m.safeDir(own)
	if err != nil {
		return err
	}
	defer parent.Close() //nolint:errcheck // what was removed matters, not its directory
	err = unix.Unlinkat(int(parent.Fd()), path.Base(path.Dir(d.Path)), unix.AT_REMOVEDIR)
	if err == unix.ENOTEMPTY || err == unix.EEXIST || err == unix.ENOTDIR {
		return nil
	}
	return err
}

// readOwn is the text of a drop-in that gobindctl wrote, "" if there is no file.
func (m *image) readOwn(file string) (string, error) {
	if m.link(file) != "" {
		return "", &RefusalError{Why: Foreign, Subject: file}
	}
	text, err := m.read(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err == nil && !isOwn(text) {
		err = &RefusalError{Why: Foreign, Subject: file}
	}
	return text, err
}

// safeDir opens a directory that root alone can write to.
func (m *image) safeDir(dir string) (*os.File, error) {
	f, err := m.open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &st)
	if err == nil && (st.Uid != 0 || st.Mode&0o022 != 0) {
		err = &RefusalError{Why: Unsafe, Subject: dir}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// makeDir opens a directory like safeDir, and makes those on the way that are not there.
func (m *image) makeDir(dir string) (*os.File, error) {
	at, err := m.safeDir("/")
	if err != nil {
		return nil, err
	}
	done := "/"
	for name := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		done = path.Join(done, name)
		err := unix.Mkdirat(int(at.Fd()), name, 0o755)
		if err == nil {
			err = errors.Join(unix.Fchmodat(int(at.Fd()), name, 0o755, 0), at.Sync())
		}
		_ = at.Close()
		if err != nil && err != unix.EEXIST {
			return nil, &os.PathError{Op: "mkdir", Path: done, Err: err}
		}
		if at, err = m.safeDir(done); err != nil {
			return nil, err
		}
	}
	return at, nil
}

// replace gives a file another text, or makes it: who looks meanwhile finds the old
// text or the new one.
func replace(dir *os.File, name, text string) error {
	fd := int(dir.Fd())
	next := "." + name + ".new" // no ending of systemd's
	if err := unix.Unlinkat(fd, next, 0); err != nil && err != unix.ENOENT {
		return err
	}
	err := sys.WriteNew(fd, next, []byte(text))
	if err == nil {
		err = unix.Renameat(fd, next, fd, name)
	}
	if err != nil {
		_ = unix.Unlinkat(fd, next, 0)
		return err
	}
	return dir.Sync()
}
