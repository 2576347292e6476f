#include "textflag.h"

// The first code of a program that is linked with -E gobind_entry: it records
// what exec(2) left to this process before the Go runtime changes it, and goes
// on as the runtime's own entry does. It keeps the stack as it found it (argc is
// at its top), and may use every register.
TEXT gobind_entry(SB), NOSPLIT|NOFRAME, $0
	SUBQ $64, SP

	// For every signal: rt_sigaction(sig, NULL, SP, 8); is it SIG_IGN (1)?
	XORQ R12, R12
	MOVQ $1, R13
signal:
	MOVQ R13, DI
	XORQ SI, SI
	MOVQ SP, DX
	MOVQ $8, R10
	MOVQ $13, AX
	SYSCALL
	TESTQ AX, AX
	JNE  next
	CMPQ 0(SP), $1
	JNE  next
	LEAQ -1(R13), CX
	MOVQ $1, R8
	SHLQ CX, R8
	ORQ  R8, R12
next:
	INCQ R13
	CMPQ R13, $64
	JLE  signal
	MOVQ R12, ·entryIgnored(SB)

	// rt_sigprocmask(SIG_BLOCK, NULL, &entryBlocked, 8)
	XORQ DI, DI
	XORQ SI, SI
	LEAQ ·entryBlocked(SB), DX
	MOVQ $8, R10
	MOVQ $14, AX
	SYSCALL

	// prlimit64(0, RLIMIT_NOFILE, NULL, &entryNofile)
	XORQ DI, DI
	MOVQ $7, SI
	XORQ DX, DX
	LEAQ ·entryNofile(SB), R10
	MOVQ $302, AX
	SYSCALL

	// prctl(PR_GET_TIMERSLACK), prctl(PR_SET_TIMERSLACK, 1 ms): the runtime's threads
	// have it from this one. Their monitor, which looks every 20 us for work that waits
	// while a processor is in a system call, then looks once in a while.
	MOVQ $30, DI
	MOVQ $157, AX
	SYSCALL
	MOVQ AX, ·entrySlack(SB)
	MOVQ $29, DI
	MOVQ $1000000, SI
	MOVQ $157, AX
	SYSCALL

	// For 0, 1 and 2: fcntl(fd, F_GETFD) fails if it is closed.
	XORQ R12, R12
	XORQ R13, R13
descriptor:
	MOVQ  R13, DI
	MOVQ  $1, SI
	XORQ  DX, DX
	MOVQ  $72, AX
	SYSCALL
	TESTQ AX, AX
	JGE   open
	MOVQ  R13, CX
	MOVQ  $1, R8
	SHLQ  CX, R8
	ORQ   R8, R12
open:
	INCQ R13
	CMPQ R13, $3
	JLT  descriptor
	MOVQ R12, ·entryClosed(SB)

	MOVQ $1, ·entryRan(SB)
	ADDQ $64, SP
	JMP  _rt0_amd64_linux(SB)

// The first code of gobind-supervisor: see gobind_entry. In launch mode inplace, which
// has the fewest arguments, it first waits until gobind has become the target, or is no
// more: until the other end of descriptor 3 is closed. Until then the runtime's start
// would keep gobind's threads, which end with its execve(2), waiting for a processor, and
// the target with them. What is to be served waits in the listener; 100 ms are enough.
TEXT gobind_supervisor_entry(SB), NOSPLIT|NOFRAME, $0
	CMPQ 0(SP), $4 // argc
	JGE  record

	// ppoll({3, no events: POLLHUP}, 1, {0, 100 ms}, NULL, 8)
	SUBQ $32, SP
	MOVQ $3, 0(SP)
	MOVQ $0, 8(SP)
	MOVQ $100000000, 16(SP)
	MOVQ SP, DI
	MOVQ $1, SI
	LEAQ 8(SP), DX
	XORQ R10, R10
	MOVQ $8, R8
	MOVQ $271, AX
	SYSCALL
	ADDQ $32, SP
record:
	JMP gobind_entry(SB)
