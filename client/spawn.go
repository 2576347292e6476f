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

// spawn starts the setuid helper at path, or where it is installed if that is empty.
// It has a channel, no environment and no other descriptor.
func spawn(path string) (*Conn, *os.Process, error) {
	if path == "" {
		path = installed()
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	c := New(pair[0])
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	defer theirs.Close() //nolint:errcheck // the helper has its own
	process, err := start(path, theirs)
	if err == nil {
		err = c.SetPatience(patience)
	}
	if err != nil {
		_ = c.Close()
	}
	return c, process, err
}

func start(path string, channel *os.File) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close() //nolint:errcheck // the helper has its own
	process, err := os.StartProcess(path, []string{"gobind-helper"}, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{channel, null, null},
	})
	var at *fs.PathError
	if errors.As(err, &at) {
		return nil, &StartError{path, at.Err}
	}
	return process, err
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

// reap waits for the end of a helper that was let go, and kills one that was stopped.
func reap(process *os.Process, gone func()) {
	late := time.AfterFunc(grace, func() { _ = process.Kill() })
	_, _ = process.Wait() // whoever reaps all children may have been first
	late.Stop()
	gone()
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
