package doctor

import (
	"encoding/binary"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// States of the installed files.
const (
	SupervisorOK      State = "supervisor-ok"
	SupervisorBad     State = "supervisor-bad"
	HelperMissing     State = "helper-missing"
	HelperOwner       State = "helper-owner"
	HelperWritable    State = "helper-writable"
	HelperDirWritable State = "helper-dir-writable"
	HelperPowerless   State = "helper-powerless"
	HelperNotForUser  State = "helper-not-for-user"
	HelperNosuid      State = "helper-nosuid"
	HelperMount       State = "helper-mount"
	HelperSetuid      State = "helper-setuid"
	HelperFileCap     State = "helper-filecap"
)

// helperFile looks at the supervisor's and the helper's file, in that order, and
// then at where the helper is.
func helperFile(o Options) []Finding {
	supervisor := Finding{Check: "supervisor", State: SupervisorOK, Subject: o.Supervisor}
	if err := unix.Access(filepath.Join(o.Root, o.Supervisor), unix.X_OK); err != nil {
		supervisor.State, supervisor.Level, supervisor.Detail = SupervisorBad, Failure, err.Error()
	}
	all := []Finding{supervisor, helperItself(o)}
	path := filepath.Join(o.Root, o.Helper)
	var fs unix.Statfs_t
	switch {
	case o.Root != "" || unix.Statfs(path, &fs) != nil:
	case fs.Flags&unix.ST_NOSUID != 0:
		all = append(all, Finding{Check: "helper", State: HelperNosuid, Level: Failure, Subject: o.Helper})
	default:
		all = append(all, Finding{Check: "helper", State: HelperMount, Subject: o.Helper})
	}
	for dir := filepath.Dir(o.Helper); ; dir = filepath.Dir(dir) {
		var st unix.Stat_t
		if unix.Stat(filepath.Join(o.Root, dir), &st) == nil && !rootOnly(&st) && st.Mode&unix.S_ISVTX == 0 {
			all = append(all, Finding{Check: "helper", State: HelperDirWritable, Level: Failure, Subject: dir, Detail: owned(&st)})
		}
		if dir == filepath.Dir(dir) {
			return all
		}
	}
}

func helperItself(o Options) Finding {
	f := Finding{Check: "helper", Level: Failure, Subject: o.Helper}
	path := filepath.Join(o.Root, o.Helper)
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		f.State, f.Detail = HelperMissing, err.Error()
		return f
	}
	f.Detail = owned(&st)
	switch {
	case st.Uid != 0:
		f.State = HelperOwner
	case st.Mode&0o022 != 0:
		f.State = HelperWritable
	case st.Mode&unix.S_ISUID == 0 && !hasFileCap(path):
		f.State = HelperPowerless
	case o.Root == "" && unix.Access(path, unix.X_OK) != nil:
		f.State = HelperNotForUser
	case st.Mode&unix.S_ISUID != 0:
		f.State, f.Level = HelperSetuid, OK
	default:
		f.State, f.Level = HelperFileCap, OK
	}
	return f
}

// hasFileCap reports whether the file permits CAP_NET_BIND_SERVICE: struct
// vfs_cap_data (capabilities(7)), whose second word is the lower half of the
// permitted set.
func hasFileCap(path string) bool {
	var data [64]byte
	n, err := unix.Getxattr(path, "security.capability", data[:])
	return err == nil && n >= 12 && binary.LittleEndian.Uint32(data[4:])&(1<<unix.CAP_NET_BIND_SERVICE) != 0
}

// rootOnly reports whether the file is root's and nobody else may write to it.
func rootOnly(st *unix.Stat_t) bool { return st.Uid == 0 && st.Mode&0o022 == 0 }

// owned is owner and mode in short.
func owned(st *unix.Stat_t) string {
	return fmt.Sprintf("uid %d, mode %04o", st.Uid, st.Mode&0o7777)
}
