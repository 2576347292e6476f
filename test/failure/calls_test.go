package failure

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"
)

// call says how a system call can fail. One without errnos cannot.
type call struct {
	name   string
	errnos []unix.Errno
	noisy  bool // the Go runtime makes it as it likes: some of many are enough
}

func errnos(list ...unix.Errno) []unix.Errno { return list }

// calls are the system calls that gobind, its supervisor and its helper make, by
// number. A test that sees another fails.
var calls = map[int]call{
	unix.SYS_READ:              {"read", errnos(unix.EIO, unix.EINTR, unix.ESRCH), false},
	unix.SYS_WRITE:             {"write", errnos(unix.EIO, unix.EPIPE, unix.EAGAIN), false},
	unix.SYS_CLOSE:             {"close", errnos(unix.EIO, unix.EINTR), false},
	unix.SYS_FSTAT:             {"fstat", errnos(unix.EIO, unix.ENOMEM, unix.EOVERFLOW), false},
	unix.SYS_PREAD64:           {"pread64", errnos(unix.EIO, unix.EINTR, unix.ENOMEM), false},
	unix.SYS_IOCTL:             {"ioctl", errnos(unix.EIO, unix.EINTR, unix.ENOMEM), false},
	unix.SYS_OPENAT:            {"openat", errnos(unix.EMFILE, unix.EIO, unix.EINTR, unix.EACCES), false},
	unix.SYS_OPENAT2:           {"openat2", errnos(unix.EMFILE, unix.EIO, unix.EINTR, unix.EAGAIN), false},
	fstatat:                    {"newfstatat", errnos(unix.EIO, unix.ENOMEM), false}, // EACCES: a second's trust in what was opened
	unix.SYS_READLINKAT:        {"readlinkat", errnos(unix.EIO, unix.ENOMEM, unix.EACCES), false},
	unix.SYS_GETDENTS64:        {"getdents64", errnos(unix.EIO, unix.EINTR, unix.ENOENT), false},
	unix.SYS_STATFS:            {"statfs", errnos(unix.EIO, unix.EINTR, unix.ENOSYS), false},
	unix.SYS_FACCESSAT:         {"faccessat", errnos(unix.EIO, unix.ENOMEM, unix.EACCES), false},
	unix.SYS_FACCESSAT2:        {"faccessat2", errnos(unix.EIO, unix.ENOSYS, unix.EACCES), false},
	unix.SYS_CHDIR:             {"chdir", errnos(unix.EIO, unix.EACCES), false},
	unix.SYS_DUP3:              {"dup3", errnos(unix.EMFILE, unix.EBUSY, unix.EINTR), false},
	unix.SYS_FCNTL:             {"fcntl", errnos(unix.EMFILE, unix.EBADF, unix.EAGAIN), false},
	unix.SYS_CLOSE_RANGE:       {"close_range", errnos(unix.EMFILE, unix.ENOMEM, unix.ENOSYS), false},
	unix.SYS_PPOLL:             {"ppoll", errnos(unix.ENOMEM, unix.EINTR, unix.EAGAIN), false},
	unix.SYS_SOCKET:            {"socket", errnos(unix.EMFILE, unix.ENOBUFS, unix.EACCES), false},
	unix.SYS_SOCKETPAIR:        {"socketpair", errnos(unix.EMFILE, unix.ENOMEM), false},
	unix.SYS_CONNECT:           {"connect", errnos(unix.EINTR, unix.EAGAIN, unix.ECONNREFUSED), false},
	unix.SYS_BIND:              {"bind", errnos(unix.EINTR, unix.EADDRINUSE, unix.ENOMEM), false},
	unix.SYS_SHUTDOWN:          {"shutdown", errnos(unix.ENOTCONN, unix.ENOMEM), false},
	unix.SYS_GETSOCKNAME:       {"getsockname", errnos(unix.ENOBUFS, unix.ENOMEM), false},
	unix.SYS_SENDMSG:           {"sendmsg", errnos(unix.EAGAIN, unix.ENOMEM, unix.EINTR, unix.ETOOMANYREFS), false},
	unix.SYS_RECVMSG:           {"recvmsg", errnos(unix.EAGAIN, unix.ENOMEM, unix.EINTR, unix.ECONNRESET), false},
	unix.SYS_GETSOCKOPT:        {"getsockopt", errnos(unix.ENOMEM, unix.ENOPROTOOPT), false},
	unix.SYS_SETSOCKOPT:        {"setsockopt", errnos(unix.ENOMEM, unix.EPERM), false},
	unix.SYS_EXECVE:            {"execve", errnos(unix.ENOENT, unix.EAGAIN, unix.ENOMEM, unix.EACCES), false},
	unix.SYS_CLONE:             {"clone", errnos(unix.EAGAIN, unix.ENOMEM, unix.EPERM), false},
	unix.SYS_WAIT4:             {"wait4", errnos(unix.EINTR, unix.ECHILD), false},
	unix.SYS_WAITID:            {"waitid", errnos(unix.EINTR, unix.ECHILD), false},
	unix.SYS_SETSID:            {"setsid", errnos(unix.EPERM), false},
	unix.SYS_GETGROUPS:         {"getgroups", errnos(unix.EFAULT, unix.EINVAL), false},
	unix.SYS_SETGROUPS:         {"setgroups", errnos(unix.EPERM, unix.ENOMEM), false},
	unix.SYS_SETRESUID:         {"setresuid", errnos(unix.EAGAIN, unix.EPERM, unix.EINVAL), false},
	unix.SYS_SETRESGID:         {"setresgid", errnos(unix.ENOMEM, unix.EPERM, unix.EINVAL), false},
	unix.SYS_CAPGET:            {"capget", errnos(unix.EPERM, unix.EINVAL), false},
	unix.SYS_CAPSET:            {"capset", errnos(unix.EPERM, unix.ENOMEM), false},
	unix.SYS_PRCTL:             {"prctl", errnos(unix.EPERM, unix.EINVAL, unix.ENOMEM), false},
	unix.SYS_SECCOMP:           {"seccomp", errnos(unix.ENOMEM, unix.EACCES, unix.EINVAL), false},
	unix.SYS_GETRLIMIT:         {"getrlimit", errnos(unix.EPERM, unix.EFAULT), false},
	unix.SYS_PRLIMIT64:         {"prlimit64", errnos(unix.EPERM, unix.EFAULT), false},
	unix.SYS_PROCESS_VM_READV:  {"process_vm_readv", errnos(unix.EPERM, unix.ENOMEM, unix.EFAULT), false},
	unix.SYS_PIDFD_OPEN:        {"pidfd_open", errnos(unix.EMFILE, unix.ENOMEM, unix.EINVAL), false},
	unix.SYS_PIDFD_GETFD:       {"pidfd_getfd", errnos(unix.EMFILE, unix.EPERM, unix.EBADF), false},
	unix.SYS_PIDFD_SEND_SIGNAL: {"pidfd_send_signal", errnos(unix.EPERM, unix.ESRCH), false},
	unix.SYS_TIMER_CREATE:      {"timer_create", errnos(unix.EAGAIN, unix.ENOMEM, unix.EINVAL), false},
	unix.SYS_TIMER_SETTIME:     {"timer_settime", errnos(unix.EINVAL, unix.EFAULT), false},
	unix.SYS_CLOCK_GETTIME:     {"clock_gettime", errnos(unix.EINVAL, unix.EPERM), false},

	// The Go runtime's own, beside some of the above.
	unix.SYS_MMAP:              {"mmap", errnos(unix.ENOMEM, unix.EAGAIN), true},
	unix.SYS_MUNMAP:            {"munmap", errnos(unix.ENOMEM), true},
	unix.SYS_MPROTECT:          {"mprotect", errnos(unix.ENOMEM), true},
	unix.SYS_MADVISE:           {"madvise", errnos(unix.ENOMEM, unix.EAGAIN), true},
	unix.SYS_RT_SIGACTION:      {"rt_sigaction", errnos(unix.EINVAL, unix.EFAULT), true},
	unix.SYS_RT_SIGPROCMASK:    {"rt_sigprocmask", errnos(unix.EINVAL, unix.EFAULT), true},
	unix.SYS_SIGALTSTACK:       {"sigaltstack", errnos(unix.EPERM, unix.ENOMEM), true},
	unix.SYS_FUTEX:             {"futex", errnos(unix.EINTR, unix.EAGAIN, unix.ENOMEM), true},
	unix.SYS_NANOSLEEP:         {"nanosleep", errnos(unix.EINTR), true},
	unix.SYS_TGKILL:            {"tgkill", errnos(unix.EAGAIN, unix.ESRCH), true},
	unix.SYS_SCHED_GETAFFINITY: {"sched_getaffinity", errnos(unix.EINVAL, unix.ESRCH), true},
	unix.SYS_EPOLL_CREATE1:     {"epoll_create1", errnos(unix.EMFILE, unix.ENOMEM), true},
	unix.SYS_EPOLL_CTL:         {"epoll_ctl", errnos(unix.ENOMEM, unix.ENOSPC, unix.EPERM), true},
	unix.SYS_EPOLL_PWAIT:       {"epoll_pwait", errnos(unix.EINTR, unix.EINVAL), true},
	unix.SYS_EVENTFD2:          {"eventfd2", errnos(unix.EMFILE, unix.ENOMEM), true},
	unix.SYS_PIPE2:             {"pipe2", errnos(unix.EMFILE), true},
	unix.SYS_SETITIMER:         {"setitimer", errnos(unix.EINVAL), true},

	archPrctl: {"arch_prctl", errnos(unix.EINVAL, unix.EPERM), true},

	// These cannot fail.
	unix.SYS_RT_SIGRETURN: {name: "rt_sigreturn"}, unix.SYS_EXIT: {name: "exit"}, unix.SYS_EXIT_GROUP: {name: "exit_group"},
	unix.SYS_SCHED_YIELD: {name: "sched_yield"}, unix.SYS_RESTART_SYSCALL: {name: "restart_syscall"},
	unix.SYS_GETPID: {name: "getpid"}, unix.SYS_GETTID: {name: "gettid"}, unix.SYS_GETUID: {name: "getuid"},
	unix.SYS_GETEUID: {name: "geteuid"}, unix.SYS_GETGID: {name: "getgid"}, unix.SYS_GETEGID: {name: "getegid"},
	unix.SYS_UMASK: {name: "umask"}, unix.SYS_GETPPID: {name: "getppid"}, unix.SYS_BRK: {name: "brk"},
}

// callName is the call's name, "" of one that is not listed.
func callName(nr int) string { return calls[nr].name }

// turns are the calls of a kind that are made to fail, of so many: all of the first
// sixty, fewer of the runtime's and beyond.
func (c call) turns(count int) []int {
	var turns []int
	for n, step := 1, 1; n <= count; n += step {
		turns = append(turns, n)
		if c.noisy && n >= 3 || n >= 60 {
			step += max(1, step/2)
		}
	}
	if count > 0 && !slices.Contains(turns, count) {
		turns = append(turns, count)
	}
	return turns
}

// plan is all faults of what was counted: each call in turn with each of its errnos,
// and all calls of a kind from the first on and from the middle on.
func plan(counts map[site]int) []fault {
	var all []fault
	for at, count := range counts {
		c := calls[at.nr]
		for _, errno := range c.errnos {
			for _, n := range c.turns(count) {
				all = append(all, fault{site: at, n: n, errno: errno})
			}
			if errno == unix.EINTR {
				continue // signals end, and a loop over EINTR with them
			}
			all = append(all, fault{site: at, n: 1, ever: true, errno: errno}, fault{site: at, n: count/2 + 1, ever: true, errno: errno})
		}
	}
	all = slices.DeleteFunc(all, func(f fault) bool { // F_GETFD at the entry point: the descriptor *is* closed, by the kernel's word
		entry := f.role == "gobind" || f.role == "gobind-supervisor"
		return entry && f.nr == unix.SYS_FCNTL && (f.n <= 3 || f.role == "gobind" && f.ever)
	})
	slices.SortFunc(all, func(a, b fault) int { return cmp.Compare(a.String(), b.String()) })
	return all
}
