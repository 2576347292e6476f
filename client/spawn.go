package client

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// HelperPaths are where gobind-helper is looked for, the first that exists: where
// make install puts it, and where packages do.
var HelperPaths = []string{
	"/usr/local/libexec/gobind/gobind-helper",
	"/usr/libexec/gobind/gobind-helper",
}

// patience is how long a helper that was let go may take to end.
const patience = 5 * time.Second

// spawned is a helper that this process started.
type spawned struct {
	*Conn
	process *os.Process
}

// spawn starts the setuid helper at path, or where it is installed if that is empty.
// It has a channel, no environment and no other descriptor.
func spawn(path string) (*spawned, error) {
	if path == "" {
		path = installed()
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	defer theirs.Close() //nolint:errcheck // the helper has its own
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		_ = unix.Close(pair[0])
		return nil, err
	}
	defer null.Close() //nolint:errcheck // likewise
	process, err := os.StartProcess(path, []string{"gobind-helper"}, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{theirs, null, null},
	})
	if err != nil {
		_ = unix.Close(pair[0])
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return nil, &StartError{path, err}
	}
	return &spawned{New(pair[0]), process}, nil
}

// installed is the helper that is installed, or the first place to look for it.
func installed() string {
	for _, path := range HelperPaths {
		if unix.Access(path, unix.F_OK) == nil {
			return path
		}
	}
	return HelperPaths[0]
}

// release closes the channel, upon which the helper ends, and calls gone when it has.
// One that was stopped is killed.
func (s *spawned) release(gone func()) {
	_ = s.Close()
	go func() {
		late := time.AfterFunc(patience, func() { _ = s.process.Kill() })
		_, _ = s.process.Wait() // whoever reaps all children may have been first
		late.Stop()
		gone()
	}()
}

// interruptible calls f, which waits for the helper, and has it fail when ctx ends.
func (c *Conn) interruptible(ctx context.Context, f func() error) error {
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = unix.Shutdown(c.channel, unix.SHUT_RDWR)
		close(over)
	})
	err := f()
	if stop() {
		return err
	}
	<-over // the descriptor is not used any more
	if err == nil {
		return nil
	}
	return context.Cause(ctx)
}
