#include "textflag.h"

// func rawVfork() (pid, errno uintptr)
//
// clone(CLONE_VM|CLONE_VFORK|SIGCHLD). The child runs on the caller's stack and
// overwrites what is below its frame: so the return address waits in a register.
TEXT ·rawVfork(SB), NOSPLIT|NOFRAME, $0-16
	MOVQ  $0x4111, DI
	XORQ  SI, SI
	XORQ  DX, DX
	XORQ  R10, R10
	XORQ  R8, R8
	MOVQ  $56, AX
	POPQ  R12
	SYSCALL
	PUSHQ R12
	CMPQ  AX, $0xfffffffffffff001
	JLS   ok
	NEGQ  AX
	MOVQ  $0, pid+0(FP)
	MOVQ  AX, errno+8(FP)
	RET
ok:
	MOVQ AX, pid+0(FP)
	MOVQ $0, errno+8(FP)
	RET
