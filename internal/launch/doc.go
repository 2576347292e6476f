// Package launch starts a program under a supervisor, in one of two modes.
//
// In mode inplace gobind starts a detached supervisor, loads the filter into its
// own thread and executes the program in its own pid: parent, exit status,
// signals, job control and terminal are the program's, untouched. The
// supervisor is nobody's child.
//
// In mode parent, for kernels whose Yama lets only ancestors look into a process
// (ptrace_scope 1), the supervisor is gobind's child and the program the
// supervisor's; gobind stays, relays signals and ends as the program does.
package launch
