package failure

import "golang.org/x/sys/unix"

// Numbers that differ by name or are not everywhere.
const (
	fstatat   = unix.SYS_NEWFSTATAT
	archPrctl = unix.SYS_ARCH_PRCTL
)

// skipCall makes the kernel not make the system call that the tracee is at.
func skipCall(tid int) {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &regs) == nil {
		regs.Orig_rax = ^uint64(0)
		_ = unix.PtraceSetRegs(tid, &regs)
	}
}

// setResult sets what the system call that ends returns.
func setResult(tid int, errno unix.Errno) {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &regs) == nil {
		regs.Rax = -uint64(errno)
		_ = unix.PtraceSetRegs(tid, &regs)
	}
}
