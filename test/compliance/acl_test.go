package compliance

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The extended attribute of an access ACL: a version, then eight bytes an entry.
const (
	aclAttribute = "system.posix_acl_access"
	aclVersion   = 2
	aclNoID      = 0xffffffff
)

// aclTags are the entry tags by the letters of setfacl: without and with an id.
var aclTags = map[string][2]uint16{
	"u": {0x01, 0x02}, "g": {0x04, 0x08}, "m": {0x10, 0x10}, "o": {0x20, 0x20},
}

// An aclEntry is one line of an ACL.
type aclEntry struct {
	tag, permission uint16
	id              uint32
}

// setACL gives the file the ACL of the entries, as setfacl would with the same
// text: "u:61001:--x".
func setACL(path string, entries []string) error {
	var list []aclEntry
	for _, text := range entries {
		entry, err := parseACLEntry(text)
		if err != nil {
			return err
		}
		list = append(list, entry)
	}
	slices.SortStableFunc(list, func(a, b aclEntry) int { return int(a.tag) - int(b.tag) })
	data := binary.LittleEndian.AppendUint32(nil, aclVersion)
	for _, e := range list {
		data = binary.LittleEndian.AppendUint16(data, e.tag)
		data = binary.LittleEndian.AppendUint16(data, e.permission)
		data = binary.LittleEndian.AppendUint32(data, e.id)
	}
	if err := unix.Setxattr(path, aclAttribute, data, 0); err != nil {
		return fmt.Errorf("set the ACL: %w", err)
	}
	return nil
}

// parseACLEntry parses LETTER:[ID]:rwx.
func parseACLEntry(text string) (aclEntry, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || aclTags[parts[0]][0] == 0 {
		return aclEntry{}, fmt.Errorf("%q is no ACL entry", text)
	}
	entry := aclEntry{tag: aclTags[parts[0]][0], id: aclNoID}
	for i, letter := range "xwr" {
		if strings.ContainsRune(parts[2], letter) {
			entry.permission |= 1 << i
		}
	}
	if parts[1] == "" {
		return entry, nil
	}
	id, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil {
		return aclEntry{}, fmt.Errorf("read the id of an ACL entry: %w", err)
	}
	entry.tag, entry.id = aclTags[parts[0]][1], uint32(id)
	return entry, nil
}
