#include "textflag.h"

// The first code of a program that is linked with -E gobind_helper_entry: see
// helper_amd64.s.
TEXT gobind_helper_entry(SB), NOSPLIT|NOFRAME, $0
	// Every variable becomes the empty string.
	MOVD 0(RSP), R4
	ADD  $16, RSP, R5
	ADD  R4<<3, R5, R5
variable:
	MOVD 0(R5), R6
	CBZ  R6, capabilities
	MOVB ZR, 0(R6)
	ADD  $8, R5
	B    variable

	// prctl(PR_CAPBSET_DROP, 0 to 63)
capabilities:
	MOVD ZR, R19
capability:
	MOVD $24, R0
	MOVD R19, R1
	MOVD ZR, R2
	MOVD ZR, R3
	MOVD ZR, R4
	MOVD $167, R8
	SVC
	ADD  $1, R19
	CMP  $64, R19
	BLT  capability

	// rt_sigprocmask(SIG_SETMASK, {no signal}, NULL, 8); RSP stays a multiple of 16.
	SUB  $16, RSP
	MOVD ZR, 0(RSP)
	MOVD $2, R0
	MOVD RSP, R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $135, R8
	SVC
	ADD  $16, RSP

	MOVD $1, R6
	MOVD R6, ·helperEntryRan(SB)
	JMP  _rt0_arm64_linux(SB)
