package doctor

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// States of another process.
const (
	PIDCovered       State = "pid-covered"
	PIDRoot          State = "pid-root"
	PIDCapability    State = "pid-capability"
	PIDSetuid        State = "pid-setuid"
	PIDNoNewPrivs    State = "pid-no-new-privs"
	PIDNoNewDead     State = "pid-no-new-privs-dead"
	PIDBounding      State = "pid-bounding-set"
	PIDBoundingDead  State = "pid-bounding-set-dead"
	PIDFilter        State = "pid-filter"
	PIDUserNamespace State = "pid-user-namespace"
	PIDNetwork       State = "pid-network"
	PIDNamespaces    State = "pid-namespaces"
	PIDHidden        State = "pid-hidden"
	PIDSocketHidden  State = "pid-socket-hidden"
	PIDUnit          State = "pid-unit"
)

// Process is a process that is looked at from outside.
type Process struct {
	PID        int
	Supervisor int // the supervisor that it is known to be under, 0 if none is

	proc   string // its directory in /proc
	status string
}

// ReadProcess reads what /proc shows of a process. Its error is that of the file.
func ReadProcess(pid, supervisor int) (*Process, error) {
	p := &Process{PID: pid, Supervisor: supervisor, proc: "/proc/" + strconv.Itoa(pid)}
	text, err := os.ReadFile(p.proc + "/status")
	p.status = string(text)
	return p, err
}

// name is the process in short.
func (p *Process) name() string { return strconv.Itoa(p.PID) + " (" + field(p.status, "Name") + ")" }

// Unit is the service of systemd's that the process is of, "" if it is of none.
func (p *Process) Unit() string {
	text, err := os.ReadFile(p.proc + "/cgroup")
	if err != nil {
		return ""
	}
	return unitOf(string(text))
}

// unitOf is the service in the control groups of a process, as proc(5) has them: by
// cgroup v2, or systemd's own hierarchy.
func unitOf(cgroups string) string {
	for line := range strings.Lines(cgroups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 || fields[1] != "" && fields[1] != "name=systemd" {
			continue
		}
		for dir := fields[2]; len(dir) > 1; dir = path.Dir(dir) {
			if strings.HasSuffix(dir, ".service") {
				return path.Base(dir)
			}
		}
	}
	return ""
}

// ExamineProcess looks for what stops a process, or what it starts, from binding by
// gobind.
func ExamineProcess(o Options, p *Process) []Finding {
	door := broker(o)
	l := &list{check: "process"}
	name := p.name()
	starter := p // who starts a helper, or would
	if p.Supervisor != 0 {
		l.add(PIDCovered, OK, name, strconv.Itoa(p.Supervisor))
		if s, err := ReadProcess(p.Supervisor, 0); err == nil {
			starter = s
		}
	}
	l.pidIdentity(p, name)
	others := starter.namespaces()
	needs := l.pidPrivilege(starter, door.serves())
	if !needs && !others.user {
		l.add(PIDSetuid, OK, starter.name(), "")
	}
	if needs {
		l.door(door)
	}
	l.pidNamespaces(starter, others, needs || others.user)
	if needs && door.State == BrokerReady {
		l.pidSocket(o, starter)
	}
	return l.all
}

// pidIdentity is about what the process may by itself.
func (l *list) pidIdentity(p *Process, name string) {
	uids := strings.Fields(field(p.status, "Uid"))
	switch {
	case len(uids) == 4 && uids[1] == "0":
		l.add(PIDRoot, Warning, name, "")
	case binds(p.status, "CapEff"):
		l.add(PIDCapability, Warning, name, "")
	}
}

// pidPrivilege is about the setuid helper, and the broker in its place. It reports
// whether the process needs the broker.
func (l *list) pidPrivilege(p *Process, served bool) (needs bool) {
	name := p.name()
	pick := func(here, dead State) {
		needs = true
		if served {
			l.add(here, OK, name, "")
		} else {
			l.add(dead, Failure, name, "")
		}
	}
	if field(p.status, "NoNewPrivs") != "0" {
		pick(PIDNoNewPrivs, PIDNoNewDead)
	}
	if !binds(p.status, "CapBnd") {
		pick(PIDBounding, PIDBoundingDead)
	}
	if filters := field(p.status, "Seccomp_filters"); field(p.status, "Seccomp") == "2" {
		l.add(PIDFilter, OK, name, filters)
	}
	return needs
}

// namespaces are which of a process's are not those of pid 1, or where only root may
// see them, not this process's own.
type namespaces struct{ user, network, hidden bool }

func (p *Process) namespaces() namespaces {
	other := func(kind string) (differs, hidden bool) {
		theirs, err := os.Readlink(filepath.Join(p.proc, "ns", kind))
		if err != nil {
			return false, true
		}
		ours, err := os.Readlink("/proc/1/ns/" + kind)
		if err != nil {
			ours, err = os.Readlink("/proc/self/ns/" + kind)
		}
		return ours != theirs, err != nil
	}
	var n namespaces
	n.user, n.hidden = other("user")
	n.network, _ = other("net")
	return n
}

func (l *list) pidNamespaces(p *Process, n namespaces, needsBroker bool) {
	name := strconv.Itoa(p.PID)
	switch {
	case n.hidden:
		l.add(PIDHidden, Warning, name, "")
	case !n.user && !n.network:
		l.add(PIDNamespaces, OK, name, "")
	}
	if n.user {
		l.add(PIDUserNamespace, Failure, name, "")
	}
	if n.network && needsBroker {
		l.add(PIDNetwork, Failure, name, "")
	}
}

// pidSocket asks whether the process sees the broker socket, which only root and its
// user may know.
func (l *list) pidSocket(o Options, p *Process) {
	var st unix.Stat_t
	if err := unix.Stat(p.proc+"/root"+o.Socket, &st); err == unix.ENOENT {
		l.add(PIDSocketHidden, Failure, strconv.Itoa(p.PID), o.Socket)
	}
}
