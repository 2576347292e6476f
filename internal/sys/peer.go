package sys

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrPeer means that nothing can be said of who connected: the process is gone, has
// other ids or groups by now, or is in another user namespace, where it may have shed
// groups.
var ErrPeer = errors.New("the peer cannot be identified")

// maxGroups is NGROUPS_MAX of the kernel.
const maxGroups = 1 << 16

// Peer is who connected the AF_UNIX socket, by the effective ids and the groups of that
// moment (SO_PEERCRED, SO_PEERGROUPS of unix(7); of a socketpair it is who made it). The
// process must still be there, in this process's user namespace, and a thread of it must
// have these ids and groups: what it connected with may be another's, of any namespace,
// who lent it to an io_uring (IORING_REGISTER_PERSONALITY). Before Linux 6.5
// (SO_PEERPIDFD) its pid could meanwhile be another's.
func Peer(fd int) (Credential, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Credential{}, fmt.Errorf("SO_PEERCRED: %w", err)
	}
	groups, err := peerGroups(fd)
	if err != nil {
		return Credential{}, fmt.Errorf("SO_PEERGROUPS: %w", err)
	}
	who := Credential{UID: cred.Uid, GID: cred.Gid, Groups: groups}
	if err := isOf(fd, int(cred.Pid), who); err != nil {
		return Credential{}, err
	}
	return who, nil
}

func peerGroups(fd int) ([]uint32, error) {
	groups := make([]uint32, maxGroups)
	size := uint32(maxGroups * unsafe.Sizeof(groups[0]))
	_, _, errno := syscall.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
		uintptr(unsafe.Pointer(&groups[0])), uintptr(unsafe.Pointer(&size)), 0)
	runtime.KeepAlive(groups)
	if errno != 0 {
		return nil, errno
	}
	return groups[:size/uint32(unsafe.Sizeof(groups[0]))], nil
}

// isOf returns ErrPeer unless the peer lives, its ids have the mapping that this
// process's have, and one of its threads is who: /proc needs no privilege for that.
func isOf(fd, pid int, who Credential) error {
	pidfd, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEERPIDFD)
	if errors.Is(err, unix.ENOPROTOOPT) {
		pidfd, err = OpenPidfd(pid, false)
	}
	if err != nil {
		return fmt.Errorf("pidfd: %w", errors.Join(ErrPeer, err))
	}
	defer unix.Close(pidfd) //nolint:errcheck // looked at only
	for _, file := range []string{"uid_map", "gid_map"} {
		ours, err1 := os.ReadFile("/proc/self/" + file)
		theirs, err2 := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + file)
		if err1 != nil || err2 != nil || !bytes.Equal(ours, theirs) {
			return fmt.Errorf("%s: %w", file, errors.Join(ErrPeer, err1, err2))
		}
	}
	if !hasThread(pid, who) {
		return fmt.Errorf("ids: %w", ErrPeer)
	}
	if err := unix.PidfdSendSignal(pidfd, 0, nil, 0); errors.Is(err, unix.ESRCH) { // it is what was read
		return fmt.Errorf("pidfd: %w", errors.Join(ErrPeer, err))
	}
	return nil
}

// hasThread reports whether a thread of the process has the effective ids and the
// groups.
func hasThread(pid int, who Credential) bool {
	dir := "/proc/" + strconv.Itoa(pid) + "/task/"
	threads, _ := os.ReadDir(dir) // none if it is gone
	for _, thread := range threads {
		if status, err := os.ReadFile(dir + thread.Name() + "/status"); err == nil && isStatusOf(string(status), who) {
			return true
		}
	}
	return false
}

// isStatusOf reports whether the effective ids and the groups in a file of
// proc_pid_status(5) are those of who.
func isStatusOf(status string, who Credential) bool {
	field := func(name string) []string {
		_, rest, _ := strings.Cut(status, "\n"+name+":\t")
		line, _, _ := strings.Cut(rest, "\n")
		return strings.Fields(line)
	}
	uid, gid, groups := field("Uid"), field("Gid"), field("Groups")
	return len(uid) == 4 && uid[1] == fmt.Sprint(who.UID) && len(gid) == 4 && gid[1] == fmt.Sprint(who.GID) &&
		fmt.Sprint(groups) == fmt.Sprint(who.Groups)
}
