// Package descriptors counts them for tests that look for leaks. It needs no world
// of package testenv, and no cgo, so that fuzz targets of the setuid path can
// import it.
package descriptors

import "golang.org/x/sys/unix"

// Open counts the open descriptors of this process below a number. Unlike a look
// into /proc it opens none, and it is quick enough for each input of a fuzz target.
func Open(below int) int {
	n := 0
	for fd := range uintptr(below) {
		if _, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err == nil {
			n++
		}
	}
	return n
}
