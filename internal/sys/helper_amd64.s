#include "textflag.h"

// The first code of a program that is linked with -E gobind_helper_entry, before
// the Go runtime has read a variable or started a thread: what is done here holds
// for all threads, and no signal has to carry it to them. Errors are not looked
// at: the helper reads back what came of it. The stack stays as it was found:
// argc, argv, NULL, the environment, NULL (System V ABI, 3.4.1).
TEXT gobind_helper_entry(SB), NOSPLIT|NOFRAME, $0
	// Every variable becomes the empty string, so that nobody finds any: the
	// runtime obeys GODEBUG and others even in a setuid program.
	MOVQ 0(SP), CX
	LEAQ 16(SP)(CX*8), SI
variable:
	MOVQ 0(SI), DI
	TESTQ DI, DI
	JEQ  descriptors
	MOVB $0, 0(DI)
	ADDQ $8, SI
	JMP  variable

	// close_range(3, UINT_MAX, 0), before the runtime has descriptors of its own: it
	// makes an epoll instance as soon as a standard one does not block, and its caller
	// can say so at any time.
descriptors:
	SUBQ $32, SP
	MOVQ $3, DI
	MOVQ $0xffffffff, SI
	XORQ DX, DX
	MOVQ $436, AX
	SYSCALL

	// prctl(PR_CAPBSET_DROP, 0 to 63): whoever has CAP_SETPCAP, as a setuid root
	// program has, loses the bounding set; for all others it is an error.
	XORQ R12, R12
capability:
	MOVQ $24, DI
	MOVQ R12, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	MOVQ $157, AX
	SYSCALL
	INCQ R12
	CMPQ R12, $64
	JLT  capability

	// prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP): setresuid(2) leaves the
	// capabilities alone.
	MOVQ $28, DI
	MOVQ $4, SI
	MOVQ $157, AX
	SYSCALL

	// getuid(): a helper that root itself started has yet to become its caller, by
	// CAP_SETGID and CAP_SETUID, and drops these two then.
	MOVQ $102, AX
	SYSCALL
	MOVL $0x400, R13
	TESTL AX, AX
	JNE  capabilities
	MOVL $0x4c0, R13

	// capset(): permitted and effective are CAP_NET_BIND_SERVICE and nothing else;
	// where that is not there, nothing. uid 0 alone opens what is root's. Without
	// CAP_SYS_RESOURCE the runtime's threads count for the caller's RLIMIT_NPROC.
capabilities:
	MOVQ $0x20080522, AX // _LINUX_CAPABILITY_VERSION_3, pid 0
	MOVQ AX, 0(SP)
	MOVL R13, 8(SP)      // effective
	MOVL R13, 12(SP)     // permitted
	MOVQ $0, 16(SP)      // inheritable, and the high half of each
	MOVQ $0, 24(SP)
	MOVQ SP, DI
	LEAQ 8(SP), SI
	MOVQ $126, AX
	SYSCALL
	TESTQ AX, AX
	JEQ  final
	MOVQ $0, 8(SP)
	MOVQ SP, DI
	LEAQ 8(SP), SI
	MOVQ $126, AX
	SYSCALL
	JMP  signals // and what took it away can still be told

	// prctl(PR_SET_NO_NEW_PRIVS, 1), prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
final:
	MOVQ $38, DI
	MOVQ $1, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	MOVQ $157, AX
	SYSCALL
	MOVQ $47, DI
	MOVQ $4, SI
	MOVQ $157, AX
	SYSCALL

	// rt_sigprocmask(SIG_SETMASK, {no signal}, NULL, 8)
signals:
	MOVQ $0, 0(SP)
	MOVQ $2, DI
	MOVQ SP, SI
	XORQ DX, DX
	MOVQ $8, R10
	MOVQ $14, AX
	SYSCALL

	ADDQ $32, SP
	MOVQ $1, ·helperEntryRan(SB)
	JMP  _rt0_amd64_linux(SB)
