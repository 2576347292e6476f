package broker

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/sys"
)

// channel is the descriptor on which the caller speaks, as under inetd.
const channel = 0

// Exit statuses: nobody may read success from them, that is the reply's alone.
const (
	exitServed = 0
	exitUsage  = 64 // EX_USAGE of sysexits(3): not started by a client
	exitNoPerm = 77 // EX_NOPERM: cannot serve
)

// Main runs the helper and returns its exit status. This is the order, and each
// step is a function to read:
//
//   - gobind_helper_entry, before the Go runtime: no environment, only the
//     standard descriptors, no blocked signal, an empty bounding set, one capability;
//   - isCalled: started as gobind's supervisor does, without arguments, on a channel;
//   - settle: descriptors, limits, directory, umask, no core and no debugger;
//   - adopt: started by root for a connection, it takes the ids of who connected;
//   - caller: who called, by the kernel's word;
//   - privileged: is there a privilege to use, and if not, what took it away;
//   - policydir.Open: what needs root, which is to open the caller's own policy;
//   - shed: every thread is the caller, with one capability, and says so;
//   - confine: the system calls that a serving helper has no use for;
//   - rehearse: a request of nobody's, for the speed of the first one;
//   - serve: request, decision, bind, audit record, reply.
func Main() int {
	if !isCalled() {
		complain("not for use by hand: gobind starts it")
		return exitUsage
	}
	if err := errors.Join(settle(), adopt()); err != nil {
		return refuse(failure(err))
	}
	if status := privileged(); status != helper.StatusReady {
		return refuse(status)
	}
	who, err := caller()
	if err != nil {
		return refuse(failure(err))
	}
	server, err := newServer(who)
	if err != nil {
		return refuse(failure(err))
	}
	if err := shed(who); err != nil {
		return refuse(failure(err))
	}
	if err := confine(); err != nil {
		return refuse(failure(err))
	}
	server.rehearse()
	if err := helper.Send(channel, helper.AppendHello(nil, helper.StatusReady), -1); err != nil {
		return exitNoPerm
	}
	server.serve()
	return exitServed
}

// isCalled reports whether the process was started as the supervisor starts it.
func isCalled() bool {
	return sys.EnteredClean() && len(os.Args) == 1 && isChannel(channel) && areBlocking(0, 1, 2)
}

// failure is what the caller is told of an error.
func failure(err error) helper.Status {
	if errors.Is(err, errUnmapped) {
		return helper.StatusUserNamespace
	}
	return helper.StatusFailed
}

// refuse tells the caller that there will be no service, and why.
func refuse(status helper.Status) int {
	_ = helper.Send(channel, helper.AppendHello(nil, status), -1)
	return exitNoPerm
}

// complain writes the one line that somebody sees who ran the helper by hand.
// Nothing of it comes from the caller.
func complain(text string) { _, _ = unix.Write(2, []byte("gobind-helper: "+text+"\n")) }

// areBlocking reports whether no descriptor is in non-blocking mode, in which the
// Go runtime would poll the standard ones, by descriptors of its own.
func areBlocking(fds ...uintptr) bool {
	for _, fd := range fds {
		if flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
			return false
		}
	}
	return true
}

// isChannel reports whether fd is a connected AF_UNIX socket of type
// SOCK_SEQPACKET, and nothing else that could be written to by mistake.
func isChannel(fd int) bool {
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil || domain != unix.AF_UNIX {
		return false
	}
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_SEQPACKET
}
