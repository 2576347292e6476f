package broker

import "golang.org/x/sys/unix"

const (
	auditArch      = unix.AUDIT_ARCH_AARCH64
	foreignNumbers = 0xffffffff // it has none
)

// forbiddenHere are the older twins of what is forbidden.
var forbiddenHere = []uint32{unix.SYS_RENAMEAT, unix.SYS_KEXEC_FILE_LOAD}
