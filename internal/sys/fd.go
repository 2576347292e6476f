package sys

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// closeAll closes descriptors of whose state nothing more is to be known.
func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}

// Wait4 waits for a child of this process, as wait4(2), over EINTR.
func Wait4(pid, options int) (unix.WaitStatus, error) {
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &status, options, nil)
		if err != unix.EINTR {
			return status, os.NewSyscallError("wait4", err)
		}
	}
}

// OpenPidfd returns a descriptor of the process or, where the kernel can
// (PIDFD_THREAD, Linux 6.9), of the thread tid, whose descriptor table
// [Getfd] then uses. Otherwise tid must lead its process. The caller owns it.
func OpenPidfd(tid int, thread bool) (int, error) {
	flags := 0
	if thread {
		flags = unix.O_EXCL // PIDFD_THREAD
	}
	fd, err := unix.PidfdOpen(tid, flags)
	return fd, os.NewSyscallError("pidfd_open", err)
}

// HasPidfdThread reports whether the kernel knows PIDFD_THREAD.
func HasPidfdThread() bool {
	fd, err := OpenPidfd(unix.Gettid(), true)
	if err != nil {
		return false
	}
	closeAll([]int{fd})
	return true
}

// Getfd duplicates descriptor fd of the process or thread that pidfd stands
// for (pidfd_getfd(2), Linux 5.6). It is close-on-exec and the caller owns it.
func Getfd(pidfd, fd int) (int, error) {
	dup, err := unix.PidfdGetfd(pidfd, fd, 0)
	return dup, os.NewSyscallError("pidfd_getfd", err)
}

// ReadMemory copies len(buf) bytes at addr of the process that thread tid
// belongs to, once, and returns how many were there to be read.
func ReadMemory(tid int, addr uintptr, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	local := []unix.Iovec{{Base: &buf[0]}}
	local[0].SetLen(len(buf))
	n, err := unix.ProcessVMReadv(tid, local, []unix.RemoteIovec{{Base: addr, Len: len(buf)}}, 0)
	if err == unix.EPERM || err == unix.ENOSYS {
		return readMem(tid, addr, buf) // which asks the same of the kernel, unless a container's filter forbade the call
	}
	return n, os.NewSyscallError("process_vm_readv", err)
}

// readMem is ReadMemory by /proc.
func readMem(tid int, addr uintptr, buf []byte) (int, error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/mem", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == unix.EACCES {
		err = unix.EPERM // process_vm_readv's word for it
	}
	if err != nil {
		return 0, os.NewSyscallError("open", err)
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	n, err := unix.Pread(fd, buf, int64(addr))
	if err == unix.EIO || err == unix.EINVAL || err == nil && n == 0 { // EINVAL: beyond what an offset can be
		return 0, os.NewSyscallError("pread", unix.EFAULT)
	}
	return n, os.NewSyscallError("pread", err)
}

// DevNull opens /dev/null for reading and writing. The caller owns it.
func DevNull() (int, error) {
	fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open /dev/null: %w", err)
	}
	return fd, nil
}
