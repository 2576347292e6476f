package activation

import (
	"fmt"
	"strconv"
	"strings"

	"gobind/internal/sys"
)

// first is the first descriptor that is passed (SD_LISTEN_FDS_START).
const first = 3

// The variables of sd_listen_fds(3). The last is newer, and says the same of the process
// as LISTEN_PID.
const (
	varPID   = "LISTEN_PID"
	varFDs   = "LISTEN_FDS"
	varNames = "LISTEN_FDNAMES"
	varPidfd = "LISTEN_PIDFDID"
)

// InheritedError says that the sockets that were passed to this process are not as its
// environment says.
type InheritedError struct{ Why string }

func (e *InheritedError) Error() string { return "the sockets that gobind was started with: " + e.Why }

// inherited returns the names of the sockets that were passed to this process, which
// has the id pid. They have the descriptors from first on.
func inherited(env []string, pid int) ([]string, error) {
	values := map[string]string{}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		if _, found := values[name]; !found { // as getenv(3)
			values[name] = value
		}
	}
	if values[varPID] != strconv.Itoa(pid) || values[varFDs] == "" {
		return nil, nil
	}
	count, err := strconv.Atoi(values[varFDs])
	if err != nil || count < 0 || count > maxInherited {
		return nil, &InheritedError{fmt.Sprintf("LISTEN_FDS is %q", values[varFDs])}
	}
	for fd := first; fd < first+count; fd++ {
		if !sys.IsInherited(fd) {
			return nil, &InheritedError{fmt.Sprintf("LISTEN_FDS is %d, and descriptor %d is not open", count, fd)}
		}
	}
	names := make([]string, count)
	for i := range names {
		names[i] = unknown
	}
	if text, set := values[varNames]; set && count > 0 {
		names = strings.Split(text, ":")
	}
	if len(names) != count {
		return nil, &InheritedError{fmt.Sprintf("LISTEN_FDS is %d, and LISTEN_FDNAMES has %d names", count, len(names))}
	}
	return names, nil
}

// maxInherited bounds how many sockets this process takes for passed: no process has
// more descriptors (NR_OPEN, as it usually is).
const maxInherited = 1 << 20

// environment is env with the sockets that these are the names of.
func environment(env, names []string, pid int) []string {
	var result []string
	for _, v := range env {
		switch name, _, _ := strings.Cut(v, "="); name {
		case varPID, varFDs, varNames, varPidfd:
		default:
			result = append(result, v)
		}
	}
	return append(result, varPID+"="+strconv.Itoa(pid), varFDs+"="+strconv.Itoa(len(names)),
		varNames+"="+strings.Join(names, ":"))
}
