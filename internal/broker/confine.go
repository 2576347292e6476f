package broker

import (
	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// forbidden are system calls that a serving helper and the Go runtime have no use
// for, and an attacker would: see confine. Those that only amd64 has are
// forbiddenHere.
var forbidden = []uint32{
	// programs, processes and looking into others
	unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_CLONE3, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV,
	unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KCMP, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PRCTL, unix.SYS_PERSONALITY,
	// ids, namespaces, mounts
	unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETREUID, unix.SYS_SETREGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID,
	unix.SYS_SETFSUID, unix.SYS_SETFSGID, unix.SYS_SETGROUPS, unix.SYS_CAPSET, unix.SYS_SETSID, unix.SYS_SETPGID,
	unix.SYS_SETNS, unix.SYS_UNSHARE, unix.SYS_CHROOT, unix.SYS_PIVOT_ROOT, unix.SYS_MOUNT, unix.SYS_UMOUNT2,
	unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR, unix.SYS_FSOPEN, unix.SYS_FSPICK,
	// the kernel's own doors
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_IO_URING_SETUP, unix.SYS_USERFAULTFD, unix.SYS_ADD_KEY,
	unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_KEXEC_LOAD, unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_QUOTACTL,
	unix.SYS_SYSLOG, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
	unix.SYS_SETRLIMIT, unix.SYS_PRLIMIT64, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_FANOTIFY_INIT, unix.SYS_PKEY_MPROTECT,
	// files and what is like them: nothing is made, changed or removed by name
	unix.SYS_MEMFD_CREATE, unix.SYS_MKDIRAT, unix.SYS_MKNODAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT,
	unix.SYS_SYMLINKAT, unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_TRUNCATE,
	unix.SYS_FCHMODAT2, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR, unix.SYS_MQ_OPEN,
	unix.SYS_SHMGET, unix.SYS_SEMGET, unix.SYS_MSGGET, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT,
	unix.SYS_FTRUNCATE, unix.SYS_FALLOCATE, unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_UTIMENSAT,
	unix.SYS_IOCTL,
	// sockets: the helper binds what it is given
	unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_SOCKETPAIR, unix.SYS_SETSOCKOPT, unix.SYS_SENDMMSG,
}

// writing are the flags of openat(2) that could change a file.
const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC

// confine makes the kernel answer EPERM, to every thread from here on, to what is
// forbidden, to a new process, to opening a file for writing, to executable memory
// and to a socket that is not AF_UNIX. All else stays allowed and nothing kills: the
// runtime's needs change from version to version. openat2(2) keeps its flags in
// memory, where a filter cannot look; this process may write no file as its caller
// could not (RLIMIT_FSIZE is 0, too).
func confine() error { return sys.ConfineAllThreads(confinement()) }

// confinement is the filter, in classic BPF: see seccomp(2). Where it looks at an
// argument it takes the low half, which is where these flags are.
func confinement() []unix.SockFilter {
	const number, arch, arguments = 0, 4, 16
	load := func(at uint32) unix.SockFilter { return stmt(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, at) }
	refuse := stmt(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM))
	allow := stmt(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ALLOW)
	filter := []unix.SockFilter{
		load(arch), jump(unix.BPF_JEQ, auditArch, 1, 0), refuse,
		load(number), jump(unix.BPF_JGE, foreignNumbers, 0, 1), refuse,
	}
	for _, nr := range append(forbidden, forbiddenHere...) {
		filter = append(filter, jump(unix.BPF_JEQ, nr, 0, 1), refuse)
	}
	check := func(nr, argument uint32, op uint16, value uint32, yes, no unix.SockFilter) {
		filter = append(filter, jump(unix.BPF_JEQ, nr, 0, 4), load(arguments+8*argument), jump(op, value, 0, 1), yes, no)
	}
	check(unix.SYS_OPENAT, 2, unix.BPF_JSET, writing, refuse, allow)
	check(unix.SYS_MMAP, 2, unix.BPF_JSET, unix.PROT_EXEC, refuse, allow)
	check(unix.SYS_MPROTECT, 2, unix.BPF_JSET, unix.PROT_EXEC, refuse, allow)
	check(unix.SYS_CLONE, 0, unix.BPF_JSET, unix.CLONE_THREAD, allow, refuse)
	check(unix.SYS_SOCKET, 0, unix.BPF_JEQ, unix.AF_UNIX, allow, refuse)
	return append(filter, allow)
}

func stmt(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }

func jump(op uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | op, Jt: yes, Jf: no, K: k}
}
