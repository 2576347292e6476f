package fuse

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// File is a regular file of the directory.
type File struct {
	Mode     uint32 // permission bits
	UID, GID uint32
	Text     string
	Mapped   bool // pages are cached, and so can be mapped; else each read is asked for
}

// FS is a directory that is served until its test ends.
type FS struct {
	fd      int
	mu      sync.Mutex
	names   []string // of the files that there were, in the order of their inodes
	files   map[string]File
	holds   map[question]*Hold
	asked   map[question]int
	serving sync.WaitGroup
}

// question is what is asked about a name.
type question struct {
	op   Op
	name string
}

// Mount serves files in place of what is in dir, to all users, until the test ends.
// The directory is root's, mode 0755. Where the kernel has no FUSE the test is
// skipped.
func Mount(t *testing.T, dir string, files map[string]File) *FS {
	t.Helper()
	testenv.RequireRoot(t)
	node := filepath.Join(t.TempDir(), "fuse")
	if err := unix.Mknod(node, unix.S_IFCHR|0o600, int(unix.Mkdev(10, 229))); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		testenv.Skip(t, "no /dev/fuse: "+err.Error())
	}
	options := fmt.Sprintf("fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions", fd)
	if err := unix.Mount("test", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		t.Fatal(errors.Join(err, unix.Close(fd)))
	}
	fs := &FS{
		fd: fd, names: slices.Sorted(maps.Keys(files)), files: maps.Clone(files),
		holds: map[question]*Hold{}, asked: map[question]int{},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fs.serve()
	}()
	t.Cleanup(func() {
		// By force: whoever waits for an answer has ECONNABORTED.
		if err := unix.Unmount(dir, unix.MNT_FORCE|unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
		<-done
		fs.releaseAll()
		fs.serving.Wait()
		_ = unix.Close(fd)
	})
	return fs
}

// Set gives a name another file from now on, under the inode that it has.
func (fs *FS) Set(name string, f File) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if !slices.Contains(fs.names, name) {
		fs.names = append(fs.names, name)
	}
	fs.files[name] = f
}

// Remove takes a name away.
func (fs *FS) Remove(name string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.files, name)
}

// Asked is how often a question has come so far, held or answered.
func (fs *FS) Asked(op Op, name string) int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.asked[question{op, name}]
}

// serve answers requests until the file system is unmounted.
func (fs *FS) serve() {
	buf := make([]byte, 1<<17) // more than FUSE_MIN_READ_BUFFER, and max_write
	for {
		n, err := unix.Read(fs.fd, buf)
		switch {
		case err == unix.ENODEV: // unmounted
			return
		case err == unix.EINTR, err == unix.EAGAIN, err == unix.ENOENT: // the last: interrupted meanwhile
			continue
		case err != nil:
			return
		}
		req := parse(slices.Clone(buf[:n]))
		answer, silent := fs.answer(req)
		if silent {
			continue
		}
		hold := fs.holdOf(req)
		fs.serving.Add(1)
		go func() {
			defer fs.serving.Done()
			hold.wait()
			_, _ = unix.Write(fs.fd, answer) // who asked may be gone
		}()
	}
}
