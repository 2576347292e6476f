package policydir

import (
	"strings"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// maxLinks bounds the symbolic links on one way, as path_resolution(7) does.
const maxLinks = 40

// locate opens name, below dir or absolute, for lookups (O_PATH), and returns its
// status too. It goes through links, if nobody but root can change where they lead.
// The descriptor is -1 if there is a fault.
func locate(dir int, name string) (int, unix.Stat_t, policy.Fault) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS}
	fd, err := unix.Openat2(dir, name, &how)
	if err == unix.ELOOP {
		return walk(dir, name)
	}
	return status(fd, err)
}

// walk is locate, one component after the other: each link is root's, and each
// directory on the way is root's and nobody else's to write to, or to a name of
// root's in it (the sticky bit).
func walk(dir int, name string) (int, unix.Stat_t, policy.Fault) {
	at := dir
	defer func() { closeUnless(at, dir) }()
	for links := 0; links <= maxLinks; {
		first, rest, _ := strings.Cut(name, "/")
		if first == "" {
			first = "/"
		}
		rest = strings.TrimLeft(rest, "/")
		fd, st, why := status(unix.Openat(at, first, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0))
		link := st.Mode&unix.S_IFMT == unix.S_IFLNK
		switch {
		case why != (policy.Fault{}) || rest == "" && !link:
			return fd, st, why
		case !rootOnly(&st) && (!link && st.Mode&unix.S_ISVTX == 0 || st.Uid != 0):
			_ = unix.Close(fd)
			return -1, st, policy.Fault{Errno: policy.EACCES, Unsafe: true}
		case link:
			var target [unix.PathMax]byte
			n, err := unix.Readlinkat(fd, "", target[:])
			_ = unix.Close(fd)
			if err != nil {
				return -1, st, fault(err)
			}
			name = string(target[:n]) + "/" + rest
			links++
		default:
			closeUnless(at, dir)
			at, name = fd, rest
		}
	}
	return -1, unix.Stat_t{}, policy.Fault{Errno: policy.Errno(unix.ELOOP)}
}

// status is the status of a descriptor that an open returned, with its error. The
// descriptor is closed if there is a fault.
func status(fd int, err error) (int, unix.Stat_t, policy.Fault) {
	var st unix.Stat_t
	if err != nil {
		return -1, st, fault(err)
	}
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return -1, st, fault(err)
	}
	return fd, st, policy.Fault{}
}

func closeUnless(fd, kept int) {
	if fd != kept {
		_ = unix.Close(fd)
	}
}
