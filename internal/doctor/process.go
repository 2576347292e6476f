package doctor

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// States of the process that asks, which are those of what it would start.
const (
	BoundingSetOK     State = "bounding-set-ok"
	BoundingSetLacks  State = "bounding-set-lacks"
	NoNewPrivsUnset   State = "no-new-privs-unset"
	NoNewPrivsSet     State = "no-new-privs-set"
	ProcessUnknown    State = "process-unknown"
	SyslogThere       State = "syslog-there"
	SyslogNotThere    State = "syslog-not-there"
	SyslogUnreachable State = "syslog-unreachable"
)

// process looks at what this process hands down.
func process() []Finding {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return []Finding{{Check: "process", State: ProcessUnknown, Level: Failure, Detail: errno(err)}}
	}
	bounding := Finding{Check: "bounding-set", State: BoundingSetOK}
	if !binds(string(status), "CapBnd") {
		bounding.State, bounding.Level = BoundingSetLacks, Failure
	}
	noNewPrivs := Finding{Check: "no-new-privs", State: NoNewPrivsUnset}
	if field(string(status), "NoNewPrivs") != "0" {
		noNewPrivs.State, noNewPrivs.Level = NoNewPrivsSet, Failure
	}
	return []Finding{bounding, noNewPrivs}
}

// binds reports whether a set of capabilities in /proc/PID/status has the one that binds.
func binds(status, set string) bool {
	n, err := strconv.ParseUint(field(status, set), 16, 64)
	return err == nil && n&(1<<unix.CAP_NET_BIND_SERVICE) != 0
}

// field returns the value of a line of /proc/PID/status.
func field(status, name string) string {
	for line := range strings.Lines(status) {
		if key, value, _ := strings.Cut(line, ":"); key == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// syslog asks whether somebody listens where the helper sends its records.
func syslog(path string) Finding {
	f := Finding{Check: "syslog", State: SyslogThere, Subject: path}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		defer unix.Close(fd) //nolint:errcheck // nothing was sent
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	switch {
	case err == nil:
	case errors.Is(err, unix.ENOENT):
		f.State, f.Level = SyslogNotThere, Warning
	default:
		f.State, f.Level, f.Detail = SyslogUnreachable, Warning, err.Error()
	}
	return f
}
