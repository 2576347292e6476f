package sys

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Child says how a program is to be started by [Child.Start].
type Child struct {
	Image     Image
	Inherited Inherited // the signal state and the limit of open files of the program

	// Descriptors that the program gets: Files[i] becomes descriptor i, and all
	// others are closed. Nil: it inherits what is not close-on-exec, as it is.
	Files []int
	// Keep are descriptors that stay open in the program under their own
	// numbers though they are close-on-exec here.
	Keep []int

	As     *Credential // nil: as whoever we are
	Setsid bool        // in a session of its own
	Root   bool        // with / as its working directory
	Detach bool        // as a child of init, not of ours
}

// Start starts the program and waits until it was executed. It returns the pid,
// which is 0 for a detached program. The caller keeps its descriptors.
func (c Child) Start() (int, error) {
	var s script
	defer func() { closeAll(s.fds) }()
	if c.Setsid {
		s.add(unix.SYS_SETSID)
	}
	if c.Root {
		root, err := s.cstring("/")
		if err != nil {
			return 0, err
		}
		s.add(unix.SYS_CHDIR, root)
	}
	if err := s.files(c.Files); err != nil {
		return 0, err
	}
	for _, fd := range c.Keep {
		s.add(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFD, 0)
	}
	s.inherit(c.Inherited)
	s.become(c.As)
	if err := s.exec(c.Image); err != nil {
		return 0, err
	}
	return s.run(c.Detach)
}

// Credential is who a program is to run as. It takes root to use it.
type Credential struct {
	UID, GID uint32
	Groups   []uint32 // supplementary
}

// become changes all ids at once: root's groups go first, root itself last.
func (s *script) become(as *Credential) {
	if as == nil {
		return
	}
	groups := append([]uint32{0}, as.Groups...)[1:] // an address even if there are none
	s.keep = append(s.keep, groups[:0:cap(groups)])
	uid, gid := uintptr(as.UID), uintptr(as.GID)
	s.add(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))))
	s.add(unix.SYS_SETRESGID, gid, gid, gid)
	s.add(unix.SYS_SETRESUID, uid, uid, uid)
}

// files gives the child the descriptors, moved out of each other's way first.
func (s *script) files(files []int) error {
	if files == nil {
		return nil
	}
	for i, fd := range files {
		high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, len(files))
		if err != nil {
			return fmt.Errorf("duplicate descriptor %d: %w", fd, err)
		}
		s.fds = append(s.fds, high)
		s.add(unix.SYS_DUP3, uintptr(high), uintptr(i), 0)
	}
	s.add(unix.SYS_CLOSE_RANGE, uintptr(len(files)), uintptr(^uint32(0)), unix.CLOSE_RANGE_CLOEXEC).tolerate = unix.ENOSYS
	return nil
}

// inherit restores what the program should find: handlers go to their defaults
// before the mask lets a signal in, since the Go runtime's must not run here.
func (s *script) inherit(in Inherited) {
	for _, fd := range in.Closed {
		s.add(unix.SYS_CLOSE, uintptr(fd)).tolerate = unix.EBADF
	}
	ignore, standard := &sigaction{handler: sigIgn}, &sigaction{}
	s.keep = append(s.keep, ignore, standard)
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		act := standard
		if in.IsIgnored(sig) {
			act = ignore
		}
		s.add(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), 0, 8).tolerate = unix.EINVAL
	}
	s.slack = in.Slack
	s.keep = append(s.keep, &in)
	if in.Nofile.Max != 0 { // it was recorded
		s.add(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&in.Nofile)), 0)
	}
	s.add(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&in.Blocked)), 0, 8)
}
