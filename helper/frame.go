package helper

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Version is the version of the protocol, in every frame.
const Version = 1

// MaxFrame bounds every frame, in bytes.
const MaxFrame = 512

// maxErrno is the greatest errno that Linux has. A system call that returns another
// has not failed, to a program that looks at the kernel's own word.
const maxErrno = 4095

// The frames' types and sizes in bytes.
const (
	typeHello   = 1
	typeRequest = 2
	typeReply   = 3

	headerSize  = 8
	helloSize   = 16
	requestSize = 64
	replySize   = 24 // and the source file
)

var magic = [4]byte{'G', 'B', 'N', 'D'}

// ErrFrame is what every error of a frame that cannot be understood wraps.
var ErrFrame = errors.New("malformed frame")

// Status is the helper's word, in its hello, on whether it can serve. The zero
// value is not ready.
type Status uint8

// Why a helper cannot serve, by what must be changed.
const (
	StatusUnknown       Status = iota // for a reason that it could not tell
	StatusReady                       // it can
	StatusNotSetuid                   // its file has no setuid bit and no file capability
	StatusNosuid                      // its file is on a file system mounted nosuid
	StatusNoNewPrivs                  // its caller has no_new_privs set
	StatusBoundingSet                 // its caller's bounding set lacks CAP_NET_BIND_SERVICE
	StatusUserNamespace               // its caller is in a user namespace where its owner is not mapped
	StatusFailed                      // it could not shed its privilege
	statusEnd
)

// Verdict is the helper's word on a request. The zero value is Deny.
type Verdict uint8

// What became of a request.
const (
	Deny     Verdict = iota // policy does not permit it
	Permit                  // policy permits it, and bind(2) was called
	Unserved                // not judged: see the reply's reason
	verdictEnd
)

// Reason says why a request was denied or not served, or what permitted it.
type Reason uint8

// Reasons. The zero value goes with Deny: nothing permits it.
const (
	ReasonNoRule        Reason = iota // Deny: nothing permits it
	ReasonAccess                      // Permit: the caller may execute Source
	ReasonLine                        // Permit: a line of Source
	ReasonNotExecutable               // Deny: the caller may not execute Source
	ReasonUnsafe                      // Deny: Source could be written by others than root
	ReasonError                       // Deny: Source cannot be examined
	ReasonRestart                     // Unserved: policy changed under this helper; ask a new one
	ReasonSocket                      // Unserved: not a socket that the helper binds
	ReasonNamespace                   // Unserved: a socket of another network namespace
	ReasonFrame                       // Unserved: the request could not be understood
	ReasonPort                        // Unserved: the port is not privileged
	ReasonRule                        // Permit or Deny: a rule, a line of Source
	ReasonSyntax                      // Deny: a line of Source is no rule
	ReasonDualStack                   // Deny: Source permits one of the families that [::] takes, and nothing both
	reasonEnd
)

// Source is the file that decided, and its line, 0 for the file as a whole. A line
// that does not parse has a column, too.
type Source struct {
	File         string
	Line, Column int
}

// Request asks the helper to bind the socket that goes with it.
type Request struct {
	ID       uint32         // comes back in the reply
	Authbind bool           // refuse as authbind does, by its errno
	Addr     netip.AddrPort // IPv4 is AF_INET, all else AF_INET6; no zone
	ScopeID  uint32         // sin6_scope_id
	Claim    Claim
}

// Claim is what the client says of the target. The audit record repeats it.
type Claim struct {
	PID     uint32
	Program string // at most 16 bytes, comm(5) of the thread
	Mode    uint8  // 1 inplace, 2 parent, 0 neither
}

// Reply is the helper's answer.
type Reply struct {
	ID      uint32
	Verdict Verdict
	Reason  Reason
	Errno   uint16 // for the program: 0 is a socket that was bound
	Source  Source
}

// Bound reports whether the socket was bound.
func (r Reply) Bound() bool { return r.Verdict == Permit && r.Errno == 0 }

func header(b []byte, kind byte) {
	copy(b, magic[:])
	b[4], b[5] = Version, kind
	binary.BigEndian.PutUint16(b[6:], uint16(len(b)))
}

// checkHeader reports whether b is a whole frame of that type.
func checkHeader(b []byte, kind byte, size int) bool {
	return len(b) >= size && len(b) <= MaxFrame && [4]byte(b) == magic && b[4] == Version && b[5] == kind &&
		int(binary.BigEndian.Uint16(b[6:])) == len(b)
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
