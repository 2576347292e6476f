package tree

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// errACL is an access control list that is not as the kernel writes it.
var errACL = errors.New("not an access control list")

// Tags of struct posix_acl_xattr_entry of the kernel.
const (
	tagUser     = 0x02
	tagGroupObj = 0x04
	tagGroup    = 0x08
)

// readACL returns what the access control list of a file adds to its mode.
func readACL(name string, st unix.Stat_t) ([]ACLEntry, error) {
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return nil, nil
	}
	buf := make([]byte, 1<<16)
	n, err := unix.Getxattr(name, "system.posix_acl_access", buf)
	switch {
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.EOPNOTSUPP):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return parseACL(buf[:n])
}

// parseACL reads struct posix_acl_xattr_header and the entries after it.
func parseACL(raw []byte) ([]ACLEntry, error) {
	if len(raw) < 4 || binary.LittleEndian.Uint32(raw) != 2 || len(raw)%8 != 4 {
		return nil, errACL
	}
	var all []ACLEntry
	for raw = raw[4:]; len(raw) > 0; raw = raw[8:] {
		execute := binary.LittleEndian.Uint16(raw[2:])&1 != 0
		id := binary.LittleEndian.Uint32(raw[4:])
		switch binary.LittleEndian.Uint16(raw) {
		case tagUser:
			all = append(all, ACLEntry{NamedUser, id, execute})
		case tagGroupObj:
			all = append(all, ACLEntry{OwnerGroup, 0, execute})
		case tagGroup:
			all = append(all, ACLEntry{NamedGroup, id, execute})
		}
	}
	return all, nil
}
