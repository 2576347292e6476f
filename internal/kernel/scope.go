package kernel

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// FindScope is the scope for a network namespace: that of a path as /run/netns/NAME,
// or the first one if path is "". cookie is that of the namespace, or 0 if this
// process cannot know it, which is so where it is not in the first one.
func FindScope(path string) (scope Scope, cookie uint64, err error) {
	err = within(path, func() error {
		scope.Limit, err = firstFreePort()
		if err == nil {
			cookie, err = ownCookie()
		}
		return err
	})
	switch {
	case err != nil:
	case path != "":
		scope.Netns = cookie
	case !likeInit():
		cookie = 0
	}
	return scope, cookie, err
}

// Now is the scope as it has to be now: ip_unprivileged_port_start may have been changed,
// which is known of the network namespace of this process alone.
func (s Scope) Now() Scope {
	cookie, err1 := ownCookie()
	limit, err2 := firstFreePort()
	if errors.Join(err1, err2) == nil && (s.Netns == cookie || s.Netns == 0 && likeInit()) {
		s.Limit = limit
	}
	return s
}

// within calls f in a network namespace. To be in it already needs no privilege.
func within(path string, f func() error) error {
	var there, here unix.Stat_t
	if path == "" || unix.Stat(path, &there) == nil && unix.Stat("/proc/self/ns/net", &here) == nil &&
		there.Dev == here.Dev && there.Ino == here.Ino {
		return f()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = errors.Join(unix.Setns(fd, unix.CLONE_NEWNET), unix.Close(fd))
		}
		if err != nil {
			err = &os.PathError{Op: "enter", Path: path, Err: err}
		} else {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// firstFreePort is the first port that needs no capability.
func firstFreePort() (uint32, error) {
	const name = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	port, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 17)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	return uint32(port), nil
}

// errNoCookie is the error of a kernel older than policy in it can be.
var errNoCookie = errors.New("this kernel does not tell the network namespace of a socket: that came with Linux 5.14")

func ownCookie() (uint64, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	if errors.Is(err, unix.ENOPROTOOPT) {
		return 0, errNoCookie
	}
	return cookie, os.NewSyscallError("getsockopt", err)
}

// likeInit reports whether process 1 is in the network namespace of this one, and is
// that of the machine as far as can be seen.
func likeInit() bool {
	own, err1 := os.Readlink("/proc/self/ns/net")
	init, err2 := os.Readlink("/proc/1/ns/net")
	kernel, err3 := os.ReadFile("/proc/2/comm")
	return errors.Join(err1, err2, err3) == nil && own == init && string(kernel) == "kthreadd\n"
}
