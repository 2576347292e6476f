package supervisor

import (
	"net/netip"

	"gobind/helper"
	"gobind/internal/refusal"
)

// Reporter tells the user what the target cannot: why a bind failed. Its
// methods must not block.
type Reporter interface {
	Refused(Refusal)
	Trouble(Trouble)
}

// Refusal is a bind that policy does not permit.
type Refusal = refusal.Refusal

// Trouble is a bind that could not be judged, and was left to the kernel.
type Trouble struct {
	Kind   TroubleKind
	Addr   netip.AddrPort
	UID    uint32        // whose bind it was
	PID    int           // OpaqueTarget: the thread
	Status helper.Status // NoHelper: the helper's own word, StatusUnknown without
	Err    error
}

// TroubleKind says what kind of trouble it is.
type TroubleKind int

// Kinds of trouble.
const (
	NoHelper        TroubleKind = iota // no privileged helper could be reached
	OpaqueTarget                       // the target may not be looked into
	ForeignIdentity                    // the target became another user, and we are not root
)
