// Package client binds sockets to privileged ports by gobind's policy, for a program
// that does so itself, without the wrapper gobind. It is the other side of package
// helper, has no privilege, and trusts nothing but a reply that says so.
//
// Most programs want package gobind/client/lowport, which is like package net:
//
//	l, err := lowport.Listen(ctx, "tcp", ":80")
//
// This package is what is below it, and does without package net. [Bind] binds a
// socket that the program made. A [Binder] binds several and keeps its helper from
// one to the next. A [Conn] is a channel to a helper, however it was had, and speaks
// the protocol of docs/protocol.md.
//
// What the kernel permits by itself (a port that is not privileged, a process with
// CAP_NET_BIND_SERVICE) is bound without a helper. Otherwise gobind-helper is started,
// which judges by who the kernel says runs it; nothing that the program says about
// itself counts. Errors are to be told apart by [errors.As] and [errors.Is]:
//
//   - [RefusedError]: policy does not permit it; it has the reason and the source.
//     It is also [io/fs.ErrPermission], and the errno of bind(2).
//   - [ErrNotInstalled]: there is no gobind-helper here.
//   - [UnavailableError]: the helper has no privilege, and its status says what took
//     it away.
//   - an errno of bind(2), such as EADDRINUSE, as package net has it.
//
// # Stability
//
// What this package and lowport export follows semantic versioning, from the first
// release on: within a major version nothing is removed or changes its meaning, and
// new fields of structs have a zero value that means what was before. Texts of errors
// are for people and may change. A program may meet a helper of another version: the
// protocol has a version of its own (docs/protocol.md), and a status or reason that is
// not known here counts as a refusal.
package client
