package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// identity is what /proc says of a thread: whose it is, by the ids as this
// process's user namespace has them, and what it may.
type identity struct {
	tgid       int
	ruid, euid uint32
	rgid       uint32
	groups     []uint32 // in ascending order
	effective  uint64   // capabilities, in the thread's own user namespace
	permitted  uint64   // those it may make effective
	comm       string
	mixed      bool // its user or group ids are not all the same
	noNewPrivs bool
}

// isFixed reports whether nothing that the thread does changes its ids, groups and
// capabilities, or those of what it makes, as long as it stays in its user namespace, to which there is no way back:
// without a capability it can choose only among the ids that it has (setresuid(2)) and
// none of its groups (setgroups(2)), and with no_new_privs execve(2) gives it none
// (capabilities(7), user_namespaces(7), PR_SET_NO_NEW_PRIVS(2const)).
func (id identity) isFixed() bool { return id.noNewPrivs && id.permitted == 0 && !id.mixed }

// errStatus is returned for a status file that cannot be understood.
var errStatus = errors.New("unexpected format")

// own is the identity of this process; its real ids are those of its helper.
func own() (identity, error) {
	var self thread
	defer self.close()
	return self.identify(unix.Getpid())
}

// parseStatus parses the file of proc_pid_status(5). All fields must be there, once;
// a name (comm) comes first and cannot hold a newline, so it cannot forge one.
func parseStatus(status []byte) (identity, error) {
	var id identity
	var seen field
	for len(status) > 0 {
		line, rest, _ := bytes.Cut(status, []byte("\n"))
		status = rest
		if len(line) == 0 || strings.IndexByte("NTUGC", line[0]) < 0 {
			continue // the names of all fields that are wanted begin so
		}
		key, value, _ := bytes.Cut(line, []byte(":"))
		which, err := id.set(key, bytes.TrimPrefix(value, []byte("\t")))
		if err != nil || seen&which != 0 {
			return identity{}, fmt.Errorf("%s: %w", key, errStatus)
		}
		seen |= which
	}
	if seen != allFields {
		return identity{}, errStatus
	}
	return id, nil
}

// field is one of the fields that are wanted, or several.
type field uint8

const (
	fieldName field = 1 << iota
	fieldTgid
	fieldUID
	fieldGID
	fieldGroups
	fieldCapPrm
	fieldCapEff
	fieldNoNewPrivs
	allFields = 1<<iota - 1
)

// set takes over one field, and returns which it is, 0 for one that is not wanted.
func (id *identity) set(key, value []byte) (which field, err error) {
	switch string(key) {
	case "Name":
		which, id.comm = fieldName, string(value)
	case "Tgid":
		which = fieldTgid
		id.tgid, err = strconv.Atoi(string(value))
	case "Uid":
		which = fieldUID
		var ids []uint32
		if ids, err = parseIDs(value, 4); err == nil {
			id.ruid, id.euid = ids[0], ids[1]
			id.mixed = id.mixed || areMixed(ids)
		}
	case "Gid":
		which = fieldGID
		var ids []uint32
		if ids, err = parseIDs(value, 4); err == nil {
			id.rgid = ids[0]
			id.mixed = id.mixed || areMixed(ids)
		}
	case "Groups":
		which = fieldGroups
		id.groups, err = parseIDs(value, -1)
		slices.Sort(id.groups)
	case "CapPrm":
		which = fieldCapPrm
		id.permitted, err = strconv.ParseUint(string(value), 16, 64)
	case "CapEff":
		which = fieldCapEff
		id.effective, err = strconv.ParseUint(string(value), 16, 64)
	case "NoNewPrivs":
		which = fieldNoNewPrivs
		id.noNewPrivs, err = strconv.ParseBool(string(value))
	}
	return which, err
}

func areMixed(ids []uint32) bool { return slices.Min(ids) != slices.Max(ids) }

// parseIDs parses numeric ids between blanks, want of them if that is not
// negative.
func parseIDs(text []byte, want int) ([]uint32, error) {
	var ids []uint32
	for field := range bytes.FieldsSeq(text) {
		n, err := strconv.ParseUint(string(field), 10, 32)
		if err != nil {
			return nil, err
		}
		ids = append(ids, uint32(n))
	}
	if want >= 0 && len(ids) != want {
		return nil, errStatus
	}
	return ids, nil
}

// sameSubject reports whether policy sees the same subject in both.
func (id identity) sameSubject(other identity) bool {
	return id.ruid == other.ruid && id.rgid == other.rgid && slices.Equal(id.groups, other.groups)
}

// canBind reports whether the kernel may let the thread bind privileged ports
// by itself: it is root, or has the capability in the user namespace that this
// process is in. Under authbind's name only root counts, as with authbind.
func (id identity) canBind(tid int, authbind bool) bool {
	if id.euid == 0 {
		return true
	}
	return !authbind && id.effective&(1<<unix.CAP_NET_BIND_SERVICE) != 0 && sameUserNamespace(tid)
}

// sameUserNamespace reports whether the thread is in the user namespace of this
// process, or cannot be examined.
func sameUserNamespace(tid int) bool {
	theirs, err := os.Readlink("/proc/" + strconv.Itoa(tid) + "/ns/user")
	if err != nil {
		return true
	}
	ours, err := os.Readlink("/proc/self/ns/user")
	return err != nil || ours == theirs
}
