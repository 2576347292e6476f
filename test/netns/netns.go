// Package netns opens sockets for tests in a network namespace of their own. It
// needs no world of package testenv, and no cgo.
package netns

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Sockets returns a function that opens sockets of a network namespace that has
// no other, so that binding them disturbs nobody. The namespace lasts as long as
// the test. Without root the sockets are of the test's own namespace.
func Sockets(tb testing.TB) func(domain, kind, protocol int) (int, error) {
	tb.Helper()
	open := func(domain, kind, protocol int) (int, error) {
		return unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
	}
	if os.Getuid() != 0 {
		return open
	}
	wanted, opened := make(chan func() error), make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the namespace
		opened <- unix.Unshare(unix.CLONE_NEWNET)
		for do := range wanted {
			opened <- do()
		}
	}()
	tb.Cleanup(func() { close(wanted) })
	if err := <-opened; err != nil {
		tb.Fatal(err)
	}
	return func(domain, kind, protocol int) (int, error) {
		fd := -1
		wanted <- func() (err error) {
			fd, err = open(domain, kind, protocol)
			return err
		}
		err := <-opened
		return fd, err
	}
}

// AnyAddress lets an inet socket be bound to addresses that no interface has.
func AnyAddress(fd, domain int) error {
	if domain == unix.AF_INET {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_FREEBIND, 1)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, 78, 1) // IPV6_FREEBIND
}
