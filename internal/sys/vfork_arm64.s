#include "textflag.h"

// func rawVfork() (pid, errno uintptr)
//
// See vfork_amd64.s; the return address is in a register by itself.
TEXT ·rawVfork(SB), NOSPLIT, $0-16
	MOVD $0x4111, R0
	MOVD ZR, R1
	MOVD ZR, R2
	MOVD ZR, R3
	MOVD ZR, R4
	MOVD $220, R8
	SVC
	CMN  $4095, R0
	BCC  ok
	NEG  R0, R0
	MOVD ZR, pid+0(FP)
	MOVD R0, errno+8(FP)
	RET
ok:
	MOVD R0, pid+0(FP)
	MOVD ZR, errno+8(FP)
	RET
