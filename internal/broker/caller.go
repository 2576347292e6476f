package broker

import (
	"fmt"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
	"gobind/policy"
)

// caller is who started this process: its real ids and supplementary groups, as
// the kernel has them. The effective ones are the setuid bit's.
func caller() (policy.Subject, error) {
	groups, err := unix.Getgroups()
	if err != nil {
		return policy.Subject{}, fmt.Errorf("getgroups: %w", err)
	}
	who := policy.Subject{UID: uint32(unix.Getuid()), GID: uint32(unix.Getgid())}
	for _, g := range groups {
		who.Groups = append(who.Groups, uint32(g))
	}
	return who, nil
}

// maxCPU bounds, in seconds, the processor time of one helper. A thousand requests
// take less than one.
const maxCPU = 5

// settle puts the process into a state that does not depend on how it was
// started: of its descriptors, of which the entry point left three, standard output
// goes nowhere; no core is dumped, no file can grow, its time is bounded, and neither
// the caller nor a debugger may look inside.
func settle() error {
	null, err := sys.DevNull()
	if err != nil {
		return err
	}
	if err := unix.Dup3(null, 1, 0); err != nil {
		return fmt.Errorf("dup3: %w", err)
	}
	for limit, most := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CPU: maxCPU} {
		var now unix.Rlimit
		if err := unix.Getrlimit(limit, &now); err != nil {
			return fmt.Errorf("getrlimit: %w", err)
		}
		most = min(most, now.Max)
		if err := unix.Setrlimit(limit, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("setrlimit: %w", err)
		}
	}
	unix.Umask(0o077)
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("chdir: %w", err)
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
