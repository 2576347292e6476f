package broker

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/sys"
)

// netBind is the capability that the helper exists for, as a set.
const netBind = 1 << unix.CAP_NET_BIND_SERVICE

// privileged returns StatusReady if this process has CAP_NET_BIND_SERVICE, and
// otherwise what took it away. It asks for the capability and not for euid 0,
// which a user namespace gives to anyone; what the capability is worth, the
// kernel says at bind(2).
func privileged() helper.Status {
	permitted, err := sys.Capget()
	if err == nil && permitted&netBind != 0 {
		return helper.StatusReady
	}
	if statusField("NoNewPrivs:", 10) == 1 {
		return helper.StatusNoNewPrivs
	}
	if statusField("CapBnd:", 16)&netBind == 0 {
		return helper.StatusBoundingSet
	}
	var fs unix.Statfs_t
	if err := unix.Statfs("/proc/self/exe", &fs); err == nil && fs.Flags&unix.ST_NOSUID != 0 {
		return helper.StatusNosuid
	}
	var st unix.Stat_t
	_, err = unix.Getxattr("/proc/self/exe", "security.capability", nil)
	if err == nil || unix.Stat("/proc/self/exe", &st) == nil && st.Mode&unix.S_ISUID != 0 {
		return helper.StatusUserNamespace
	}
	return helper.StatusNotSetuid
}

// statusField returns a number of /proc/self/status, 0 if it is not there.
func statusField(name string, base int) uint64 {
	status, err := sys.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return fieldOf(status, name, base)
}

func fieldOf(status []byte, name string, base int) uint64 {
	_, rest, _ := bytes.Cut(status, []byte("\n"+name))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseUint(string(bytes.TrimSpace(line)), base, 64)
	if err != nil {
		return 0
	}
	return n
}
