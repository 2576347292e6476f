package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// probe binds the port that is given and one that is not, in one of several ways,
// and writes what came of it to a file.
func probe(args []string) {
	target, result := args[0], args[1]
	switch target {
	case "forked", "daemon":
		child := exec.Command("/proc/self/exe", "direct", result)
		if target == "daemon" {
			child = exec.Command("/proc/self/exe", "orphan", result)
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		}
		if err := child.Start(); err != nil {
			report(result, err.Error())
		}
		if target == "forked" {
			_ = child.Wait()
		}
		return
	case "orphan":
		for unix.Getppid() != 1 && !adopted() {
			time.Sleep(time.Millisecond)
		}
	}
	report(result, bindAs(target, given)+" "+bindAs(target, given+1))
}

// adopted reports whether the parent, which was the program, is the supervisor.
func adopted() bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", unix.Getppid()))
	return err == nil && string(name) == "gobind-supervis\n"
}

func report(file, text string) { _ = os.WriteFile(file, []byte(text+"\n"), 0o644) }

// bindAs makes the system call bind(2) of that table, or with that protocol.
func bindAs(table string, port int) string {
	protocol := 0
	if table == "sctp" {
		protocol = unix.IPPROTO_SCTP
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return err.Error()
	}
	defer unix.Close(fd) //nolint:errcheck // it has served
	if err := bind(table, fd, port); err != nil {
		var errno unix.Errno
		if errors.As(err, &errno) {
			return unix.ErrnoName(errno)
		}
		return err.Error()
	}
	name, err := unix.Getsockname(fd)
	if in, ok := name.(*unix.SockaddrInet4); err != nil || !ok || in.Port != port {
		return fmt.Sprintf("bound to %v, %v", name, err)
	}
	return "bound"
}
