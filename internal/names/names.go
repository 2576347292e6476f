package names

import (
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// maxSize bounds each file, in bytes.
const maxSize = 8 << 20

// Files are the names of one system. Each file is read when it is first asked
// for, and not again. One that cannot be read, is no regular file or is larger
// than 8 MiB, or shrinks while it is read, has no names: a permit then matches nobody,
// a deny everybody.
type Files struct{ users, groups, services func() table }

// Of returns the names of the system whose root directory is root, which symbolic
// links do not leave.
func Of(root string) *Files {
	return &Files{lazy(root, "etc/passwd", addID), lazy(root, "etc/group", addID), lazy(root, "etc/services", addService)}
}

// User implements [policy.Names].
func (f *Files) User(name string) (uint32, bool) { return f.users().find(name) }

// Group implements [policy.Names].
func (f *Files) Group(name string) (uint32, bool) { return f.groups().find(name) }

// HasUser implements [policy.Names].
func (f *Files) HasUser(uid uint32) bool { return f.users().named[uid] }

// HasGroup implements [policy.Names].
func (f *Files) HasGroup(gid uint32) bool { return f.groups().named[gid] }

// Service implements [policy.Names].
func (f *Files) Service(name string, protocol policy.Protocol) (uint16, bool) {
	port, ok := f.services().find(name + "/" + protocol.String())
	return uint16(port), ok && port != 0
}

// table is the names of one file, and the numbers that have one.
type table struct {
	number map[string]uint32
	named  map[uint32]bool
}

func lazy(root, file string, add func(t table, line string)) func() table {
	return sync.OnceValue(func() table {
		t := table{map[string]uint32{}, map[uint32]bool{}}
		for line := range strings.SplitSeq(read(root, file), "\n") {
			add(t, line)
		}
		return t
	})
}

// add adds text as the number of name, which the first to have the name keeps. What
// is no number is left out.
func (t table) add(name, text string, bits int) {
	number, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return
	}
	t.named[uint32(number)] = true
	if _, taken := t.number[name]; !taken {
		t.number[name] = uint32(number)
	}
}

func (t table) find(name string) (uint32, bool) {
	number, ok := t.number[name]
	return number, ok
}

// addID adds a line of passwd(5) or group(5), whose name begins behind blanks, as to
// the C library. One that lacks a fourth field may be half written; one that begins
// with + or - is for NIS.
func addID(t table, line string) {
	line = strings.TrimLeft(line, " \t\v\f\r")
	fields := strings.SplitN(line, ":", 4)
	if len(fields) == 4 && fields[0] != "" && !strings.ContainsAny(line[:1], "#+-") {
		t.add(fields[0], fields[2], 32)
	}
}

// addService adds a line of services(5).
func addService(t table, line string) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return
	}
	port, protocol, _ := strings.Cut(fields[1], "/")
	for _, name := range append(fields[2:], fields[0]) {
		t.add(name+"/"+protocol, port, 16)
	}
}

// read returns a file whole, or nothing.
func read(root, file string) string {
	dir, _ := unix.Open(root, unix.O_PATH|unix.O_CLOEXEC, 0) // -1 opens nothing
	defer unix.Close(dir)                                    //nolint:errcheck // an O_PATH descriptor
	fd, err := unix.Openat2(dir, file, &unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT,
	})
	if err != nil {
		return ""
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > maxSize {
		return ""
	}
	buf := make([]byte, st.Size)
	n, err := unix.Read(fd, buf)
	if err != nil || n < len(buf) {
		return ""
	}
	return string(buf)
}
