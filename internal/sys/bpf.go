package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// CgroupBPF asks the kernel whether programs can be attached to binds of a
// control group (Linux 4.17). EPERM says that this process may not ask.
func CgroupBPF(cgroup string) error {
	fd, err := unix.Open(cgroup, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it was only asked
	// The first fields of union bpf_attr of BPF_PROG_QUERY.
	attr := struct {
		target, attachType, queryFlags, attachFlags uint32
		ids                                         uint64
		count, _                                    uint32
	}{target: uint32(fd), attachType: unix.BPF_CGROUP_INET4_BIND}
	_, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_QUERY, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		return errno
	}
	return nil
}
