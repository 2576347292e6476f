package unit

import (
	"path"
	"slices"
	"strings"
)

// User is whose the service is; root is "".
func (u *Unit) User() string {
	if name := u.service.last("User"); name != "root" && name != "0" {
		return name
	}
	return ""
}

// Dynamic reports whether the user is made when the service starts, with a uid that
// policy cannot know. Where there is a user of that name already, systemd takes it.
func (u *Unit) Dynamic() bool { return u.service.is("DynamicUser") && !u.static }

// IsRoot reports whether the service runs as root.
func (u *Unit) IsRoot() bool { return u.User() == "" && !u.service.is("DynamicUser") }

// Groups are the supplementary groups that the unit adds.
func (u *Unit) Groups() []string { return u.service.list("SupplementaryGroups") }

// implying are the directives that make systemd set no_new_privs when they are on and
// the service is not root's: systemd.exec(5), NoNewPrivileges=.
var implying = []string{
	"RestrictRealtime", "RestrictSUIDSGID", "MemoryDenyWriteExecute", "LockPersonality", "PrivateDevices",
	"ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectClock", "ProtectHostname",
}

// NoNewPrivs are the assignments that set no_new_privs, or imply it.
func (u *Unit) NoNewPrivs() []string {
	var all []string
	for _, key := range []string{"NoNewPrivileges", "DynamicUser"} {
		if u.service.is(key) {
			all = append(all, key+"=yes")
		}
	}
	if u.IsRoot() {
		return all
	}
	for _, key := range []string{"SystemCallFilter", "RestrictAddressFamilies", "SystemCallArchitectures"} {
		if u.restricts(key) {
			all = append(all, key+"=")
		}
	}
	if u.assigned("RestrictNamespaces") != "" {
		all = append(all, "RestrictNamespaces=")
	}
	for _, key := range implying {
		if u.service.is(key) {
			all = append(all, key+"=yes")
		}
	}
	return all
}

// BoundsCapability reports whether the bounding set lacks CAP_NET_BIND_SERVICE, which
// no setuid binary can gain then.
func (u *Unit) BoundsCapability() bool {
	return !capability(u.service["CapabilityBoundingSet"], true)
}

// HoldsCapability reports whether the program has CAP_NET_BIND_SERVICE by itself.
func (u *Unit) HoldsCapability() bool {
	return !u.IsRoot() && capability(u.service["AmbientCapabilities"], false)
}

// NeedsSocket reports whether the setuid helper is without power in the unit.
func (u *Unit) NeedsSocket() bool { return len(u.NoNewPrivs()) > 0 || u.BoundsCapability() }

// LacksUnix reports whether the unit may make no Unix socket.
func (u *Unit) LacksUnix() bool {
	return !admitsFamily(u.service["RestrictAddressFamilies"], "AF_UNIX")
}

// RefusedCalls are the system calls of gobind's that the unit's filter refuses.
func (u *Unit) RefusedCalls() []string { return refusedCalls(u.service["SystemCallFilter"]) }

// Filters reports whether the unit has a filter of system calls.
func (u *Unit) Filters() bool { return u.restricts("SystemCallFilter") }

// RestrictsFamilies reports whether the unit may make some families of sockets alone.
func (u *Unit) RestrictsFamilies() bool { return u.restricts("RestrictAddressFamilies") }

// restricts reports whether a list of what is allowed, or with a ~ of what is not, is
// there.
func (u *Unit) restricts(key string) bool {
	return strings.TrimPrefix(u.service.last(key), "~") != ""
}

// UserNamespace is the assignment that gives the unit a user namespace of its own, ""
// if there is none.
func (u *Unit) UserNamespace() string { return u.assigned("PrivateUsers") }

// Network is the assignment that gives the unit another network namespace, "" if
// there is none.
func (u *Unit) Network() string {
	if a := u.assigned("PrivateNetwork"); a != "" {
		return a
	}
	return u.assigned("NetworkNamespacePath")
}

// RootDirectory is the assignment that gives the unit another root, "" if there is none.
func (u *Unit) RootDirectory() string {
	if a := u.assigned("RootDirectory"); a != "" && a != "RootDirectory=/" {
		return a
	}
	return u.assigned("RootImage")
}

// OnlyProcesses reports whether /proc shows the unit processes alone.
func (u *Unit) OnlyProcesses() bool { return u.service.last("ProcSubset") == "pid" }

// BindDeny is the assignment that forbids binds by a program of the control group,
// which a socket that the broker binds is not subject to; "" if there is none.
func (u *Unit) BindDeny() string { return u.assigned("SocketBindDeny") }

// assigned is an assignment that is not off, "" if there is none.
func (u *Unit) assigned(key string) string {
	value := u.service.last(key)
	switch strings.ToLower(value) {
	case "", "no", "false", "0", "off", "n", "f":
		return ""
	}
	return key + "=" + value
}

// Hides is the assignment that hides the path from the unit, "" if there is none.
func (u *Unit) Hides(name string) string {
	for _, word := range u.service.list("InaccessiblePaths") {
		if within(name, strings.TrimLeft(word, "-+")) {
			return "InaccessiblePaths=" + word
		}
	}
	shown := slices.ContainsFunc(append(u.service.list("BindPaths"), u.service.list("BindReadOnlyPaths")...), func(word string) bool {
		source, rest, _ := strings.Cut(strings.TrimLeft(word, "-"), ":")
		target, _, _ := strings.Cut(rest, ":")
		if target == "" {
			target = source
		}
		return within(name, target)
	})
	if shown {
		return ""
	}
	for _, word := range u.service.list("TemporaryFileSystem") {
		if dir, _, _ := strings.Cut(word, ":"); within(name, dir) {
			return "TemporaryFileSystem=" + word
		}
	}
	if home := u.service.last("ProtectHome"); home == "tmpfs" || u.service.is("ProtectHome") {
		for _, dir := range []string{"/home", "/root", "/run/user"} {
			if within(name, dir) {
				return "ProtectHome=" + home
			}
		}
	}
	return ""
}

// ForbidsExec is the assignment by which the unit may not execute the file, "" if
// there is none: the path that is nearest to it decides.
func (u *Unit) ForbidsExec(name string) string {
	longest, by := "", ""
	for _, key := range []string{"NoExecPaths", "ExecPaths"} {
		for _, word := range u.service.list(key) {
			dir := strings.TrimLeft(word, "-+")
			if within(name, dir) && len(dir) >= len(longest) {
				longest, by = dir, ""
				if key == "NoExecPaths" {
					by = key + "=" + word
				}
			}
		}
	}
	return by
}

// within reports whether a path is a directory or below it.
func within(name, dir string) bool {
	dir = path.Clean(dir)
	return name == dir || dir == "/" || strings.HasPrefix(name, dir+"/")
}
