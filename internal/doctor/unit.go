package doctor

import (
	"strings"

	"gobind/internal/unit"
)

// States of a unit of systemd.
const (
	UnitWrapped        State = "unit-wrapped"
	UnitPlain          State = "unit-plain"
	UnitStale          State = "unit-stale"
	UnitRoot           State = "unit-root"
	UnitDynamic        State = "unit-dynamic-user"
	UnitDynamicGroup   State = "unit-dynamic-user-group"
	UnitCapability     State = "unit-capability"
	UnitSetuid         State = "unit-setuid"
	UnitNoNewPrivs     State = "unit-no-new-privs"
	UnitNoNewPrivsDead State = "unit-no-new-privs-dead"
	UnitBounding       State = "unit-bounding-set"
	UnitBoundingDead   State = "unit-bounding-set-dead"
	UnitNoUnix         State = "unit-no-unix"
	UnitUnix           State = "unit-unix"
	UnitCallsRefused   State = "unit-calls-refused"
	UnitCalls          State = "unit-calls"
	UnitUserNamespace  State = "unit-user-namespace"
	UnitNetwork        State = "unit-network"
	UnitNetworkSetuid  State = "unit-network-setuid"
	UnitRootDirectory  State = "unit-root-directory"
	UnitHidden         State = "unit-hidden"
	UnitNoExec         State = "unit-no-exec"
	UnitProcSubset     State = "unit-proc-subset"
	UnitBindDeny       State = "unit-bind-deny"
)

// ExamineUnit looks for what in a unit of systemd is in gobind's way, directive by
// directive. Subjects are assignments as in a unit file.
func ExamineUnit(o Options, u *unit.Unit) []Finding {
	door := broker(o)
	l := &list{check: "unit"}
	l.unitProgram(u)
	l.unitPrivilege(u, door.serves())
	if u.NeedsSocket() {
		l.door(door)
	}
	l.unitFilters(u)
	l.unitNamespaces(u)
	l.unitFiles(o, u)
	return l.all
}

// list collects findings of one check.
type list struct {
	check string
	all   []Finding
}

func (l *list) add(state State, level Level, subject, detail string) {
	l.all = append(l.all, Finding{Check: l.check, State: state, Level: level, Subject: subject, Detail: detail})
}

// door adds what the broker socket is, unless it is only not there: then what needs it
// says so.
func (l *list) door(f Finding) {
	if f.serves() || f.Level != OK {
		l.all = append(l.all, f)
	}
}

// unitProgram is about what the unit starts, and as whom.
func (l *list) unitProgram(u *unit.Unit) {
	if u.Stale {
		l.add(UnitStale, Warning, u.Name, "")
	}
	for _, c := range u.Commands {
		if c.IsWrapped() {
			l.add(UnitWrapped, OK, "ExecStart="+c.Text(), "")
		} else {
			l.add(UnitPlain, Warning, "ExecStart="+c.Text(), u.Name)
		}
	}
	switch {
	case u.IsRoot():
		l.add(UnitRoot, Warning, "User=", "")
	case u.Dynamic() && len(u.Groups()) == 0:
		l.add(UnitDynamic, Warning, "DynamicUser=yes", "")
	case u.Dynamic():
		l.add(UnitDynamicGroup, OK, "DynamicUser=yes", strings.Join(u.Groups(), " "))
	}
	if u.HoldsCapability() {
		l.add(UnitCapability, Warning, "AmbientCapabilities=", u.Name)
	}
}

// unitPrivilege is about the setuid helper, and the broker in its place.
func (l *list) unitPrivilege(u *unit.Unit, served bool) {
	pick := func(here, dead State) (State, Level) {
		if served {
			return here, OK
		}
		return dead, Failure
	}
	for _, assignment := range u.NoNewPrivs() {
		state, level := pick(UnitNoNewPrivs, UnitNoNewPrivsDead)
		l.add(state, level, assignment, "")
	}
	if u.BoundsCapability() {
		state, level := pick(UnitBounding, UnitBoundingDead)
		l.add(state, level, "CapabilityBoundingSet=", "")
	}
	if !u.NeedsSocket() {
		l.add(UnitSetuid, OK, u.Name, "")
	}
}

// unitFilters is about system calls.
func (l *list) unitFilters(u *unit.Unit) {
	switch calls := u.RefusedCalls(); {
	case len(calls) > 0:
		l.add(UnitCallsRefused, Failure, "SystemCallFilter=", strings.Join(calls, " "))
	case u.Filters():
		l.add(UnitCalls, OK, "SystemCallFilter=", "")
	}
	switch {
	case u.NeedsSocket() && u.LacksUnix():
		l.add(UnitNoUnix, Failure, "RestrictAddressFamilies=", "")
	case u.RestrictsFamilies():
		l.add(UnitUnix, OK, "RestrictAddressFamilies=", "")
	}
	if a := u.BindDeny(); a != "" {
		l.add(UnitBindDeny, Warning, a, "")
	}
}

// unitNamespaces is about namespaces and what /proc shows.
func (l *list) unitNamespaces(u *unit.Unit) {
	if a := u.UserNamespace(); a != "" {
		l.add(UnitUserNamespace, Failure, a, "")
	}
	if a := u.Network(); a != "" {
		if u.NeedsSocket() {
			l.add(UnitNetwork, Failure, a, "")
		} else {
			l.add(UnitNetworkSetuid, OK, a, "")
		}
	}
	if u.OnlyProcesses() {
		l.add(UnitProcSubset, Warning, "ProcSubset=pid", "")
	}
}

// unitFiles is about files that the unit does not see, or may not execute.
func (l *list) unitFiles(o Options, u *unit.Unit) {
	if a := u.RootDirectory(); a != "" {
		l.add(UnitRootDirectory, Failure, a, "")
	}
	files := []string{o.Gobind, o.Supervisor}
	for _, file := range files {
		if a := u.ForbidsExec(file); a != "" {
			l.add(UnitNoExec, Failure, a, file)
		}
	}
	if u.NeedsSocket() {
		files = append(files, o.Socket)
	} else {
		files = append(files, o.Helper)
	}
	for _, file := range files {
		if a := u.Hides(file); a != "" {
			l.add(UnitHidden, Failure, a, file)
		}
	}
}
