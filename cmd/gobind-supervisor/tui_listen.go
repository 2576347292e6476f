package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/activation"
	"gobind/internal/refusal"
)

// failListen tells the user why the program was not started with its sockets, and
// returns the status. It is told in any case: gobind itself fails.
func failListen(err error) int {
	line, cure := err.Error(), ""
	var socket *activation.SocketError
	var spec *activation.SpecError
	var inTheWay *activation.InTheWayError
	switch {
	case errors.As(err, &socket):
		line, cure = socketWords(socket)
	case errors.As(err, &spec):
		cure = "write tcp:80, tcp:192.0.2.1:80, udp:[2001:db8::1]:53, or NAME=tcp:80"
	case errors.As(err, &inTheWay):
		cure = fmt.Sprintf("close it (in a shell: %d<&-), or open it with another number", inTheWay.FD)
	}
	fmt.Fprint(os.Stderr, lines(line, cure))
	return statusOf(err)
}

// socketWords say why there is no socket: that policy does not permit it and that there
// is no helper as gobind's supervisor says it.
func socketWords(e *activation.SocketError) (line, cure string) {
	port := e.Spec.Addr.Port()
	var refused *client.RefusedError
	var unavailable *client.UnavailableError
	var errno unix.Errno
	switch {
	case errors.As(e.Err, &refused):
		return paths().Refused(refusal.Refusal{
			UID: uint32(os.Getuid()), Protocol: e.Spec.Protocol, Addr: e.Spec.Addr, Reason: refused.Reason, Source: refused.Source,
		})
	case errors.As(e.Err, &unavailable):
		line, cure = paths().NoHelper(unavailable.Status, e.Err)
	case errors.Is(e.Err, unix.EADDRINUSE) && e.Other != nil:
		line, cure = e.Other.String()+" has the port already", fmt.Sprintf("[::] takes IPv4 too: write %s6:%d for IPv6 alone", e.Spec.Protocol, port)
	case errors.Is(e.Err, unix.EADDRINUSE):
		line, cure = unix.EADDRINUSE.Error(), fmt.Sprintf("who has it: gobindctl who %d", port)
	case errors.Is(e.Err, unix.EADDRNOTAVAIL):
		line = "no interface has this address"
	case isBindError(e.Err) && errors.As(e.Err, &errno):
		line = errno.Error()
	default:
		line, cure = paths().NoHelper(helper.StatusUnknown, e.Err)
	}
	return fmt.Sprintf("cannot bind %s: %s", e.Spec, line), cure
}

// isBindError reports whether the error is of a system call on the socket itself, and
// not of the way to a helper.
func isBindError(err error) bool {
	_, direct := err.(*os.SyscallError) //nolint:errorlint // one that is wrapped is of another
	return direct
}
