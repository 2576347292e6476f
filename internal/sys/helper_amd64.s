#include "textflag.h"

// The first code of a program that is linked with -E gobind_helper_entry, before
// the Go runtime has read a variable or started a thread. It keeps the stack as it
// found it: argc, argv, NULL, the environment, NULL (System V ABI, 3.4.1).
TEXT gobind_helper_entry(SB), NOSPLIT|NOFRAME, $0
	// Every variable becomes the empty string, so that nobody finds any: the
	// runtime obeys GODEBUG and others even in a setuid program.
	MOVQ 0(SP), CX
	LEAQ 16(SP)(CX*8), SI
variable:
	MOVQ 0(SI), DI
	TESTQ DI, DI
	JEQ  capabilities
	MOVB $0, 0(DI)
	ADDQ $8, SI
	JMP  variable

	// prctl(PR_CAPBSET_DROP, 0 to 63): whoever has CAP_SETPCAP, as a setuid root
	// program has, loses the bounding set; for all others it is an error.
capabilities:
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

	// rt_sigprocmask(SIG_SETMASK, {no signal}, NULL, 8)
	PUSHQ $0
	MOVQ $2, DI
	MOVQ SP, SI
	XORQ DX, DX
	MOVQ $8, R10
	MOVQ $14, AX
	SYSCALL
	ADDQ $8, SP

	MOVQ $1, ·helperEntryRan(SB)
	JMP  _rt0_amd64_linux(SB)
