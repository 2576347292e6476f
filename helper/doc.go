// Package helper is the treaty between gobind-helper and whoever asks it to
// bind a socket: the frames, and how a socket is passed. Package client asks.
//
// The channel is a connected socket of type SOCK_SEQPACKET in AF_UNIX, so that
// a frame is a message. The helper speaks first: a hello that says whether it
// can serve. Then each request carries one socket by SCM_RIGHTS and is answered
// by one reply. docs/protocol.md has the layout byte by byte.
//
// Nothing in a frame says who asks: the helper takes that from the kernel. What
// a request claims (process, program, launch mode) goes to the audit record as
// a claim, and decides nothing. The package knows no policy.
package helper
