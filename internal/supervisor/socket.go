package supervisor

import (
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// duplicate duplicates descriptor fd of the thread that was just identified.
func (s *Supervisor) duplicate(who identity, fd int) (int, error) {
	id := s.thread.tid
	if !s.pidfdThread {
		id = who.tgid
	}
	dup, err := s.thread.getfd(id, s.pidfdThread, fd)
	if err != nil || s.pidfdThread {
		return dup, err
	}
	// The leader's table was used, and the thread may have one of its own.
	if !isDescriptor(s.thread.tid, fd, dup) {
		s.close(dup)
		return -1, unix.EBADF
	}
	return dup, nil
}

// lingering is how long the closing of a socket may take.
const lingering = time.Second

// close closes a duplicate of a target's socket. Where a target made it linger
// (SO_LINGER of socket(7)) and has closed its own, close(2) waits for as long as it
// says: root, who may serve others too, has the waiting ended by a signal that the Go
// runtime takes for its own.
func (s *Supervisor) close(fd int) {
	if s.helpers.self.isRoot() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tid := unix.Gettid()
		late := time.AfterFunc(lingering, func() { _ = unix.Tgkill(unix.Getpid(), tid, unix.SIGURG) })
		defer late.Stop()
	}
	_ = unix.Close(fd)
}

// isDescriptor reports whether fd of the thread is the same socket as dup.
func isDescriptor(tid, fd, dup int) bool {
	link, err := os.Readlink("/proc/" + strconv.Itoa(tid) + "/fd/" + strconv.Itoa(fd))
	if err != nil {
		return false
	}
	ours, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(dup))
	return err == nil && ours == link
}

// ours reports whether the socket is one that the helper binds, as far as the
// supervisor can tell: the kernel decides on all others by rules of their own
// (an ICMP socket's "port" is not privileged), or of another network namespace.
func (s *Supervisor) ours(fd int) bool {
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil || domain != unix.AF_INET && domain != unix.AF_INET6 || protocolOf(fd) == "" {
		return false
	}
	cookie, err := sys.NetnsCookie(fd)
	return err == nil && cookie == s.netns
}

// protocolOf is the socket's protocol in the words of policy, "" for one that
// has no privileged ports.
func protocolOf(fd int) string {
	number, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err != nil {
		return ""
	}
	switch number {
	case unix.IPPROTO_TCP, unix.IPPROTO_MPTCP:
		return "tcp"
	case unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE:
		return "udp"
	case unix.IPPROTO_SCTP:
		return "sctp"
	case unix.IPPROTO_DCCP:
		return "dccp"
	default:
		return ""
	}
}
