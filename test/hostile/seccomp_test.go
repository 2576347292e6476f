package hostile

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seccompListener is the listener of a filter that allows everything, on a thread
// that ends at once.
func seccompListener() (int, error) {
	type result struct {
		fd  uintptr
		err syscall.Errno
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		filter := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
		program := unix.SockFprog{Len: 1, Filter: &filter[0]}
		fd, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
			unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
		made <- result{fd, errno}
	}()
	r := <-made
	if r.err != 0 {
		return -1, r.err
	}
	return int(r.fd), nil
}
