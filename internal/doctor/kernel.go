package doctor

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/launch"
	"gobind/internal/seccomp"
	"gobind/internal/sys"
)

// States of the kernel's features and settings.
const (
	FeatureThere   State = "feature-there"
	FeatureMissing State = "feature-missing" // gobind needs it
	FeatureBetter  State = "feature-better"  // gobind does without
	FeatureUnknown State = "feature-unknown" // only root may ask
	FeatureUnused  State = "feature-unused"  // not there, and only gobindctl kernel would use it
	ModeInPlace    State = "mode-inplace"
	ModeParent     State = "mode-parent"
	ModeNone       State = "mode-none"
	ModeRoot       State = "mode-root"
	PortStart      State = "port-start"
	PortStartOther State = "port-start-other"
	NoProc         State = "no-proc"
)

// kernel asks the kernel for what gobind uses of it.
func kernel() []Finding {
	var all []Finding
	for _, f := range seccomp.Features() {
		all = append(all, feature(f.Name, f.Err, f.Name == seccomp.WaitKillable))
	}
	var err error
	if !sys.HasPidfdThread() {
		err = unix.EINVAL
	}
	all = append(all, feature("PIDFD_THREAD", err, true), cgroupBPF(sys.CgroupBPF("/sys/fs/cgroup")))
	if err := sys.CheckProc(); err != nil {
		all = append(all, Finding{Check: "proc", State: NoProc, Level: Failure})
	}
	all = append(all, launchModes(launch.YamaScope(), os.Geteuid() == 0)...)
	return append(all, portStart(readNumber("/proc/sys/net/ipv4/ip_unprivileged_port_start", 1024)))
}

func feature(name string, err error, optional bool) Finding {
	f := Finding{Check: "kernel", State: FeatureThere, Subject: name}
	switch {
	case err == nil:
		return f
	case optional:
		f.State, f.Level = FeatureBetter, Warning
	default:
		f.State, f.Level = FeatureMissing, Failure
	}
	f.Detail = err.Error()
	return f
}

// cgroupBPF is what gobindctl kernel alone needs: it never makes a warning.
func cgroupBPF(err error) Finding {
	f := Finding{Check: "kernel", State: FeatureThere, Subject: "cgroup BPF"}
	switch {
	case err == nil:
	case errors.Is(err, unix.EPERM):
		f.State = FeatureUnknown
	default:
		f.State, f.Detail = FeatureUnused, err.Error()
	}
	return f
}

// launchModes are the launch mode that gobind would take by itself for an ordinary
// user, and that for root, who asks, if it is another.
func launchModes(scope int, root bool) []Finding {
	f := Finding{Check: "launch-mode", State: ModeInPlace, Detail: strconv.Itoa(scope)}
	switch mode, err := launch.Choose(launch.Auto, scope, false); {
	case err != nil:
		f.State, f.Level = ModeNone, Failure
	case mode == launch.Parent:
		f.State = ModeParent
	}
	if mode, err := launch.Choose(launch.Auto, scope, true); root && f.State != ModeInPlace && err == nil && mode == launch.InPlace {
		return []Finding{f, {Check: "launch-mode", State: ModeRoot, Detail: f.Detail}}
	}
	return []Finding{f}
}

// portStart is a setting of the network namespace: below 1024 nothing of policy
// counts for the ports that it sets free.
func portStart(start int) Finding {
	f := Finding{Check: "port-start", State: PortStart, Detail: strconv.Itoa(start)}
	if start != 1024 {
		f.State, f.Level = PortStartOther, Warning
	}
	return f
}

// readNumber reads a number of /proc, or takes what holds where there is none.
func readNumber(file string, missing int) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return missing
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return missing
	}
	return n
}
