// Package clib asks the C library of this machine about the text of addresses, by
// cgo, for tests to compare with. Without cgo it is empty.
package clib
