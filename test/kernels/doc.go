// Package kernels runs gobind in virtual machines, under kernels that this machine
// does not run: with Yama in each of its modes, older ones, other system call
// tables. A machine is a kernel of Debian's and an initramfs with gobind and the
// program in guest, which does everything and says what came of it on the console.
//
// The build tag kernels makes it part of a run (make test-kernels); GOBIND_KERNELS
// chooses other kernels, for x86-64 or arm64: PACKAGE of the system's apt, SUITE/PACKAGE
// of Debian's or Ubuntu's, or all. The directory build/kernels keeps what was fetched.
package kernels
