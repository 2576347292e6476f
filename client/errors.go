package client

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/helper"
)

// ErrNotInstalled is what an error wraps that comes of there being no gobind-helper.
var ErrNotInstalled = errors.New("gobind-helper is not installed")

// StartError says that gobind-helper could not be started.
type StartError struct {
	Path string
	Err  error
}

func (e *StartError) Error() string { return fmt.Sprintf("start %s: %v", e.Path, e.Err) }

// Unwrap returns the error of the system call.
func (e *StartError) Unwrap() error { return e.Err }

// Is reports whether the error is ErrNotInstalled: there is no such file.
func (e *StartError) Is(target error) bool {
	return target == ErrNotInstalled && errors.Is(e.Err, fs.ErrNotExist)
}

// UnavailableError is a hello other than ready: the helper has no privilege to lend.
type UnavailableError struct{ Status helper.Status }

func (e *UnavailableError) Error() string {
	return "gobind-helper cannot serve: " + StatusText(e.Status)
}

// StatusText says in words why a helper cannot serve.
func StatusText(s helper.Status) string {
	switch s {
	case helper.StatusNotSetuid:
		return "it has neither a setuid bit nor a file capability"
	case helper.StatusNosuid:
		return "it is on a file system mounted nosuid"
	case helper.StatusNoNewPrivs:
		return "no_new_privs is set, which disables the setuid helper"
	case helper.StatusBoundingSet:
		return "the capability bounding set lacks CAP_NET_BIND_SERVICE"
	case helper.StatusUserNamespace:
		return "it gains nothing in this user namespace, or under a tracer"
	case helper.StatusFailed:
		return "it could not shed its privilege"
	default:
		return fmt.Sprintf("status %d", s)
	}
}

// RefusedError says that policy does not permit a bind.
type RefusedError struct {
	Addr   netip.AddrPort
	Reason helper.Reason // why
	Source helper.Source // the file that decided, and its line; empty if none did
	Errno  unix.Errno    // what bind(2) returns for it: EACCES
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("policy does not permit to bind %s: %s", e.Addr, ReasonText(e.Reason, e.Source))
}

// Unwrap returns the errno, which is [io/fs.ErrPermission] as well.
func (e *RefusedError) Unwrap() error { return e.Errno }

// UnservedError says that the helper did not judge a request: the socket or the port
// is none that it binds.
type UnservedError struct {
	Addr   netip.AddrPort
	Reason helper.Reason
	Errno  unix.Errno // what bind(2) returns for it
}

func (e *UnservedError) Error() string {
	return fmt.Sprintf("gobind-helper does not bind %s: %s", e.Addr, ReasonText(e.Reason, helper.Source{}))
}

// Unwrap returns the errno.
func (e *UnservedError) Unwrap() error { return e.Errno }

// ReasonText says in words why a helper refused a request or did not judge it. A name
// in it is quoted if it is not fit for a terminal.
func ReasonText(reason helper.Reason, source helper.Source) string {
	file := Quote(source.File)
	line := file + ":" + strconv.Itoa(source.Line)
	switch reason {
	case helper.ReasonNotExecutable:
		return file + " is not executable by the user"
	case helper.ReasonUnsafe:
		return file + " could be written by others than root"
	case helper.ReasonError:
		return "cannot examine " + file
	case helper.ReasonRule:
		return line + " denies it"
	case helper.ReasonSyntax:
		return line + " is no rule"
	case helper.ReasonDualStack:
		return line + " permits one of the families that [::] takes, and nothing permits both"
	case helper.ReasonSocket:
		return "not a socket of TCP, UDP, SCTP or DCCP"
	case helper.ReasonNamespace:
		return "the socket is of another network namespace"
	case helper.ReasonFrame:
		return "the request was not understood"
	case helper.ReasonPort:
		return "the port is not privileged"
	default:
		return "no rule permits it"
	}
}

// Quote quotes a text that a terminal or a shell might take for more.
func Quote(text string) string {
	for _, r := range text {
		if r <= ' ' || r > '~' || r == '\'' || r == '"' || r == '\\' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}
