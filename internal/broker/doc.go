// Package broker is the privileged part of gobind: it judges a request to bind
// a socket by policy, for the caller whom the kernel names, and carries it out.
//
// [Main] is the whole life of gobind-helper. It takes its identity from the
// kernel, opens the caller's byuid files, sheds every privilege but
// CAP_NET_BIND_SERVICE on all threads, becomes the caller and only then reads
// the first byte that the caller sent. Whatever goes wrong on the way ends in a
// hello that says so, and in an exit.
package broker
