package client

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/reason"
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
	return reason.OfStatus(e.Status, "gobind-helper")
}

// RefusedError says that policy does not permit a bind.
type RefusedError struct {
	Addr   netip.AddrPort
	Reason helper.Reason // why
	Source helper.Source // the file that decided, and its line; empty if none did
	Errno  unix.Errno    // what bind(2) returns for it: EACCES
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("policy does not permit to bind %s: %s", e.Addr, reason.Of(e.Reason, e.Source))
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
	return fmt.Sprintf("gobind-helper does not bind %s: %s", e.Addr, reason.Of(e.Reason, helper.Source{}))
}

// Unwrap returns the errno.
func (e *UnservedError) Unwrap() error { return e.Errno }
