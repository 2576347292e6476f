package policydir

import (
	"strings"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// Bounds of a file, in bytes.
const (
	maxByUID = 1 << 20
	maxRules = 8 << 20
)

// version tells one state of a file or directory from the next, if it is settled.
type version struct {
	dev, ino     uint64
	size         int64
	mtime, ctime unix.Timespec
}

func versionOf(st *unix.Stat_t) version {
	return version{st.Dev, st.Ino, st.Size, st.Mtim, st.Ctim}
}

// quiet is how long, in milliseconds, a file must have been left alone before what
// it holds counts. File times move in ticks of up to 10 ms, behind the clock, so that
// a file that was changed twice in one tick looks unchanged; and whoever rewrites a
// file in place leaves half of it there between two calls.
const quiet = 20

// settled has what is open read in one version, which it returns: again if it was
// changed meanwhile or just before, or has another size than was read, and denied in
// the end. Its version is told with a fault of read's, too.
func settled(fd int, read func(st *unix.Stat_t) (size int64, why policy.Fault)) (version, policy.Fault) {
	for range 5 {
		var before, after unix.Stat_t
		started := wallClock()
		if err := unix.Fstat(fd, &before); err != nil {
			return version{}, fault(err)
		}
		size, why := read(&before)
		if why != (policy.Fault{}) {
			return versionOf(&before), why
		}
		if err := unix.Fstat(fd, &after); err != nil {
			return version{}, fault(err)
		}
		age := started - before.Ctim.Nano() // negative: the clock was set back
		if (age < 0 || age > quiet*1_000_000) && versionOf(&before) == versionOf(&after) && size == after.Size {
			return versionOf(&after), policy.Fault{}
		}
		_, _ = unix.Poll(nil, quiet)
	}
	return version{}, policy.Fault{Errno: policy.Errno(unix.EBUSY)}
}

// content reads a file whole, of at most limit bytes.
func (f file) content(limit int64) (text string, v version, why policy.Fault) {
	v, why = settled(f.fd, func(st *unix.Stat_t) (int64, policy.Fault) {
		if why := regular(st, limit); why != (policy.Fault{}) {
			return 0, why
		}
		var err error
		text, err = readAll(f.fd, st.Size)
		return int64(len(text)), fault(err)
	})
	return text, v, why
}

// regular demands of an opened file that it is a regular file of root's which
// nobody else may write to, and of bounded size: its content is a grant.
func regular(st *unix.Stat_t, limit int64) policy.Fault {
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return policy.Fault{Errno: policy.Errno(unix.EISDIR)}
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return policy.Fault{Errno: policy.EACCES}
	case !rootOnly(st):
		return policy.Fault{Errno: policy.EACCES, Unsafe: true}
	case st.Size > limit:
		return policy.Fault{Errno: policy.Errno(unix.EFBIG)}
	default:
		return policy.Fault{}
	}
}

// readAll reads size bytes from the start of the file, and one more if there is. It
// needs memory for them once.
func readAll(fd int, size int64) (string, error) {
	var text strings.Builder
	text.Grow(int(size) + 1)
	buf := make([]byte, min(size+1, 1<<15))
	for int64(text.Len()) <= size {
		n, err := unix.Pread(fd, buf[:min(int64(len(buf)), size+1-int64(text.Len()))], int64(text.Len()))
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return text.String(), err
		}
		text.Write(buf[:n])
	}
	return text.String(), nil
}
