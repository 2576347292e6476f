package failure

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Numbers that differ by name or are not everywhere.
const (
	fstatat   = unix.SYS_FSTATAT
	archPrctl = -1
)

// skipCall makes the kernel not make the system call that the tracee is at.
func skipCall(tid int) {
	const ntArmSystemCall = 0x404
	none := int32(-1)
	vec := unix.Iovec{Base: (*byte)(unsafe.Pointer(&none)), Len: uint64(unsafe.Sizeof(none))}
	_, _, _ = unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SETREGSET, uintptr(tid), ntArmSystemCall, uintptr(unsafe.Pointer(&vec)), 0, 0)
}

// setResult sets what the system call that ends returns.
func setResult(tid int, errno unix.Errno) {
	const ntPrstatus = 1
	var regs unix.PtraceRegsArm64
	if unix.PtraceGetRegSetArm64(tid, ntPrstatus, &regs) == nil {
		regs.Regs[0] = -uint64(errno)
		_ = unix.PtraceSetRegSetArm64(tid, ntPrstatus, &regs)
	}
}
