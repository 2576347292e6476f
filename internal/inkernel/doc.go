// Package inkernel says to whoever need not know how whether the kernel itself goes
// by policy, so that a program needs no wrapper: by a mark that gobindctl kernel
// leaves where everybody can read it. The mark grants nothing: whoever believes a
// wrong one leaves a bind to the kernel, which refuses it.
package inkernel
