package supervisor

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// isPrivileged reports whether the kernel refuses the port to the target: one
// below ip_unprivileged_port_start, in the network namespace of this process. Under
// authbind's name 1 to 1023, as with authbind. A port that was privileged when the file
// was read last is taken for one: see isFree.
func (s *Supervisor) isPrivileged(port uint16) bool {
	if s.Authbind {
		return 0 < port && port < 1024
	}
	return 0 < port && (int(port) < s.portStart.last || int(port) < s.portStart.read())
}

// isFree reports whether the port is not privileged by now: then the kernel has the last
// word on a bind that did not succeed.
func (s *Supervisor) isFree(port uint16) bool {
	return !s.Authbind && int(port) >= s.portStart.read()
}

// portStart reads ip_unprivileged_port_start of this process's network
// namespace, from a descriptor that is opened once.
type portStart struct{ fd, last int }

const portStartFile = "/proc/sys/net/ipv4/ip_unprivileged_port_start"

// read returns the first port that is not privileged; 1024, the kernel's own
// default, where it cannot be read.
func (p *portStart) read() int {
	p.last = p.now()
	return p.last
}

func (p *portStart) now() int {
	var text [16]byte
	n, err := unix.Pread(p.fd, text[:], 0)
	if err != nil {
		return 1024
	}
	start, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil || start < 0 || start > math.MaxUint16+1 {
		return 1024
	}
	return start
}
