package main

import (
	"unsafe" //nolint:depguard // it makes system calls of every table

	"golang.org/x/sys/unix"
)

// x32Bit marks the system calls of the x32 table.
const x32Bit = 0x40000000

// otherTables are the tables of system calls beside the program's own.
var otherTables = []string{"i386", "x32"}

// kernelTables are those of them that the kernel has: gobind answers for x32, too, where
// the kernel knows no such call.
func kernelTables() []string {
	if _, _, errno := unix.Syscall(x32Bit|unix.SYS_GETPPID, 0, 0, 0); errno == unix.ENOSYS {
		return []string{"i386"}
	}
	return otherTables
}

func bind(table string, fd, port int) error {
	addr := unix.RawSockaddrInet4{Family: unix.AF_INET, Port: uint16(port<<8 | port>>8)}
	number := uintptr(unix.SYS_BIND)
	if table == "x32" {
		number |= x32Bit
	}
	_, _, errno := unix.Syscall(number, uintptr(fd), uintptr(unsafe.Pointer(&addr)), unsafe.Sizeof(addr))
	if errno != 0 {
		return errno
	}
	return nil
}
