package main

import (
	"unsafe" //nolint:depguard // it makes system calls of every table

	"golang.org/x/sys/unix"
)

// otherTables are the tables of system calls beside the program's own.
var otherTables = []string{}

func kernelTables() []string { return nil }

// bind makes the system call as older programs do, by socketcall(2), and then as
// newer ones do, on a socket that is bound by now: EINVAL.
func bind(_ string, fd, port int) error {
	addr := unix.RawSockaddrInet4{Family: unix.AF_INET, Port: uint16(port<<8 | port>>8)}
	args := [3]uintptr{uintptr(fd), uintptr(unsafe.Pointer(&addr)), unsafe.Sizeof(addr)}
	_, _, errno := unix.Syscall(unix.SYS_SOCKETCALL, 2, uintptr(unsafe.Pointer(&args)), 0)
	_, _, again := unix.Syscall(unix.SYS_BIND, args[0], args[1], args[2])
	switch {
	case errno != 0 && again == errno:
		return errno
	case errno == 0 && again == unix.EINVAL:
		return nil
	default:
		return unix.ENOTSUP
	}
}
