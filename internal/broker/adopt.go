package broker

import (
	"errors"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// overflow is what the kernel says for an id that has no mapping here
// (/proc/sys/kernel/overflowuid), and nobody's: it is never adopted.
const overflow = 65534

// adopt takes the caller's ids where root itself started this process, as gobind.socket
// does for each connection: the caller is who connected, by the kernel's word. It
// leaves the process as the setuid bit would: with the caller's real ids and groups,
// root's effective uid, and CAP_NET_BIND_SERVICE alone.
func adopt() error {
	if unix.Getuid() != 0 {
		return nil
	}
	peer, err := sys.Peer(channel)
	if errors.Is(err, sys.ErrPeer) || err == nil && (peer.UID == overflow || peer.GID == overflow || slices.Contains(peer.Groups, overflow)) {
		return errUnmapped
	}
	if err != nil {
		return err
	}
	groups := make([]int, len(peer.Groups))
	for i, gid := range peer.Groups {
		groups[i] = int(gid)
	}
	uid, gid := int(peer.UID), int(peer.GID)
	if err := errors.Join(syscall.Setgroups(groups), syscall.Setresgid(gid, gid, gid), syscall.Setresuid(uid, 0, 0)); err != nil {
		return err
	}
	return sys.CapsetAllThreads(netBind)
}
