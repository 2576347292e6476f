// Package fuse serves a file system to tests: one directory, whose files answer when
// the test wants them to. A process that asks for one meanwhile waits in the kernel,
// at a point that the test has chosen.
//
// It speaks the protocol of /dev/fuse itself, and only as much of it as open(2),
// stat(2), access(2), read(2) and mmap(2) need. Nothing is cached but the pages of a
// mapping: each lookup of a name and each read of a file comes to the server.
//
// It needs the world of testenv.Main.
package fuse
