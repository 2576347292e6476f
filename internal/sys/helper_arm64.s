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
	CBZ  R6, descriptors
	MOVB ZR, 0(R6)
	ADD  $8, R5
	B    variable

	// close_range(3, UINT_MAX, 0)
descriptors:
	SUB  $32, RSP
	MOVD $3, R0
	MOVD $0xffffffff, R1
	MOVD ZR, R2
	MOVD $436, R8
	SVC

	// prctl(PR_CAPBSET_DROP, 0 to 63)
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

	// prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
	MOVD $28, R0
	MOVD $4, R1
	MOVD $167, R8
	SVC

	// getuid(): root's own has CAP_SETGID and CAP_SETUID, too.
	MOVD $174, R8
	SVC
	MOVD $0x0000040000000400, R5
	CBNZW R0, capabilities
	MOVD $0x000004c0000004c0, R5

	// capset(): CAP_NET_BIND_SERVICE permitted and effective, or nothing.
capabilities:
	MOVD $0x20080522, R4
	MOVD R4, 0(RSP)
	MOVD R5, 8(RSP)
	MOVD ZR, 16(RSP)
	MOVD ZR, 24(RSP)
	MOVD RSP, R0
	ADD  $8, RSP, R1
	MOVD $91, R8
	SVC
	CBZ  R0, final
	MOVD ZR, 8(RSP)
	MOVD RSP, R0
	ADD  $8, RSP, R1
	MOVD $91, R8
	SVC
	B    signals

	// prctl(PR_SET_NO_NEW_PRIVS, 1), prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
final:
	MOVD $38, R0
	MOVD $1, R1
	MOVD ZR, R2
	MOVD ZR, R3
	MOVD ZR, R4
	MOVD $167, R8
	SVC
	MOVD $47, R0
	MOVD $4, R1
	MOVD $167, R8
	SVC

	// rt_sigprocmask(SIG_SETMASK, {no signal}, NULL, 8)
signals:
	MOVD ZR, 0(RSP)
	MOVD $2, R0
	MOVD RSP, R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $135, R8
	SVC

	ADD  $32, RSP
	MOVD $1, R6
	MOVD R6, ·helperEntryRan(SB)
	JMP  _rt0_arm64_linux(SB)
