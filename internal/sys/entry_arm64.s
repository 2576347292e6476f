#include "textflag.h"

// The first code of a program that is linked with -E gobind_entry: see
// entry_amd64.s.
TEXT gobind_entry(SB), NOSPLIT|NOFRAME, $0
	SUB $64, RSP

	// For every signal: rt_sigaction(sig, NULL, RSP, 8); is it SIG_IGN (1)?
	MOVD ZR, R19
	MOVD $1, R20
signal:
	MOVD R20, R0
	MOVD ZR, R1
	MOVD RSP, R2
	MOVD $8, R3
	MOVD $134, R8
	SVC
	CBNZ R0, next
	MOVD 0(RSP), R4
	CMP  $1, R4
	BNE  next
	SUB  $1, R20, R5
	MOVD $1, R6
	LSL  R5, R6, R6
	ORR  R6, R19, R19
next:
	ADD  $1, R20
	CMP  $64, R20
	BLE  signal
	MOVD R19, ·entryIgnored(SB)

	// rt_sigprocmask(SIG_BLOCK, NULL, &entryBlocked, 8)
	MOVD ZR, R0
	MOVD ZR, R1
	MOVD $·entryBlocked(SB), R2
	MOVD $8, R3
	MOVD $135, R8
	SVC

	// prlimit64(0, RLIMIT_NOFILE, NULL, &entryNofile)
	MOVD ZR, R0
	MOVD $7, R1
	MOVD ZR, R2
	MOVD $·entryNofile(SB), R3
	MOVD $261, R8
	SVC

	// prctl(PR_GET_TIMERSLACK), prctl(PR_SET_TIMERSLACK, 1 ms)
	MOVD $30, R0
	MOVD $167, R8
	SVC
	MOVD R0, ·entrySlack(SB)
	MOVD $29, R0
	MOVD $1000000, R1
	MOVD $167, R8
	SVC

	// For 0, 1 and 2: fcntl(fd, F_GETFD) fails if it is closed.
	MOVD ZR, R19
	MOVD ZR, R20
descriptor:
	MOVD R20, R0
	MOVD $1, R1
	MOVD ZR, R2
	MOVD $25, R8
	SVC
	CMP  $0, R0
	BGE  open
	MOVD $1, R6
	LSL  R20, R6, R6
	ORR  R6, R19, R19
open:
	ADD  $1, R20
	CMP  $3, R20
	BLT  descriptor
	MOVD R19, ·entryClosed(SB)

	MOVD $1, R6
	MOVD R6, ·entryRan(SB)
	ADD  $64, RSP
	JMP  _rt0_arm64_linux(SB)

// The first code of gobind-supervisor: see entry_amd64.s.
TEXT gobind_supervisor_entry(SB), NOSPLIT|NOFRAME, $0
	MOVD 0(RSP), R4 // argc
	CMP  $4, R4
	BGE  record

	// ppoll({3, no events: POLLHUP}, 1, {0, 100 ms}, NULL, 8)
	SUB  $32, RSP
	MOVD $3, R4
	MOVD R4, 0(RSP)
	MOVD ZR, 8(RSP)
	MOVD $100000000, R4
	MOVD R4, 16(RSP)
	MOVD RSP, R0
	MOVD $1, R1
	ADD  $8, RSP, R2
	MOVD ZR, R3
	MOVD $8, R4
	MOVD $73, R8
	SVC
	ADD  $32, RSP
record:
	B gobind_entry(SB)
