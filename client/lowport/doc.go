// Package lowport listens on privileged ports by gobind's policy, in the manner of
// package net, in a program that was not started by the wrapper gobind:
//
//	l, err := lowport.Listen(ctx, "tcp", ":80")
//
// What the kernel permits by itself is bound without gobind, so a program may use it
// for all its ports, and whether gobind is installed or not.
//
// It differs from package net in this:
//
//   - "0.0.0.0:80" is IPv4 alone, as policy takes it. An empty host and "[::]" with
//     "tcp" or "udp" are both families, and policy must permit both: where it permits
//     IPv4 alone, ask for "tcp4". "tcp6" and "udp6" are IPv6 alone.
//   - A socket of "tcp" is one of TCP, not MPTCP.
//   - [ListenConfig] has the field Control of [net.ListenConfig]. A function for
//     net.ListenConfig's own Control there cannot be: package net binds the socket
//     itself after Control, and the kernel does not bind a socket twice (EINVAL).
//
// An error is a [*net.OpError] that wraps those of package gobind/client, which says
// how they are told apart, and what is stable.
package lowport
