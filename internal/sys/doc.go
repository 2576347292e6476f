// Package sys is the border to the kernel: raw system calls, the state that a
// process inherited, forks whose child makes no Go calls, file descriptors
// passed over sockets, and capabilities of all threads.
//
// With [gobind/internal/seccomp] it is the only room that uses package unsafe.
// A wrapper here retries EINTR, names the call in its error, and does nothing
// else.
package sys
