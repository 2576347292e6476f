package supervisor

import (
	"os"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"gobind/internal/seccomp"
	"gobind/internal/sys"
	"gobind/test/netns"
)

// fuzzTarget is a thread of this process, under a filter and without privilege,
// that binds as it is told to.
type fuzzTarget struct {
	listener *seccomp.Listener
	calls    chan [3]uintptr
	results  chan unix.Errno
	done     [2]int // a pipe: readable when a call has returned
	page     []byte // its sockaddr ends where the page does: behind it is nothing
	open     func(domain, kind, protocol int) (int, error)
	netns    uint64
	self     identity
}

// startTarget starts one. It is another user's if the test is root's: root's binds
// are the kernel's.
func startTarget(f *testing.F) *fuzzTarget {
	f.Helper()
	v := &fuzzTarget{calls: make(chan [3]uintptr), results: make(chan unix.Errno, 1), open: netns.Sockets(f)}
	fd, err := v.open(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err == nil {
		v.netns, err = sys.NetnsCookie(fd)
		_ = unix.Close(fd)
	}
	if err == nil {
		v.self, err = own()
	}
	if err == nil {
		err = unix.Pipe2(v.done[:], unix.O_CLOEXEC)
	}
	if err != nil {
		f.Fatal(err)
	}
	size := os.Getpagesize()
	if v.page, err = unix.Mmap(-1, 0, 2*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON); err != nil {
		f.Fatal(err)
	}
	if err := unix.Mprotect(v.page[size:], unix.PROT_NONE); err != nil {
		f.Fatal(err)
	}
	started := make(chan error)
	go v.run(started)
	if err := <-started; err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { close(v.calls) })
	return v
}

// run is the thread.
func (v *fuzzTarget) run(started chan<- error) {
	runtime.LockOSThread() // and never unlock: it ends with its filter
	listener, err := seccomp.Load()
	if err == nil && os.Getuid() == 0 {
		const nobody = 65534
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			err = errno
		}
	}
	v.listener = seccomp.NewListener(listener)
	started <- err
	for c := range v.calls {
		_, _, errno := unix.Syscall(unix.SYS_BIND, c[0], c[1], c[2])
		v.results <- errno
		_, _ = unix.Write(v.done[1], []byte{0})
	}
}

// supervisor is a new one for the thread.
func (v *fuzzTarget) supervisor(open door, authbind bool) *Supervisor {
	return &Supervisor{
		Authbind: authbind, Mode: InPlace, listener: v.listener, report: silent{}, netns: v.netns, portStart: portStart{fd: -1},
		helpers: helpers{open: open, turned: true, self: v.self}, pidfdThread: sys.HasPidfdThread(),
	}
}

// descriptor makes one of a kind.
func (v *fuzzTarget) descriptor(t *testing.T, kind uint8) int {
	t.Helper()
	kinds := [][3]int{
		{unix.AF_INET, unix.SOCK_STREAM, 0}, {unix.AF_INET6, unix.SOCK_STREAM, 0}, {unix.AF_INET, unix.SOCK_DGRAM, 0},
		{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE}, {unix.AF_UNIX, unix.SOCK_STREAM, 0},
	}
	if int(kind) == len(kinds) {
		return -1
	}
	k := kinds[int(kind)%len(kinds)]
	fd, err := v.open(k[0], k[1], k[2])
	if err != nil { // a protocol that is not here
		fd, err = v.open(unix.AF_INET6, unix.SOCK_DGRAM, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// bind has the thread bind, and the supervisor answer, until it has.
func (v *fuzzTarget) bind(t *testing.T, s *Supervisor, socket int, memory []byte, length uint32) unix.Errno {
	t.Helper()
	half := len(v.page) / 2
	copy(v.page[half-len(memory):half], memory)
	at := uintptr(unsafe.Pointer(&v.page[0])) + uintptr(half-len(memory))
	v.calls <- [3]uintptr{uintptr(socket), at, uintptr(length)}
	for {
		fds := []unix.PollFd{{Fd: int32(v.listener.FD()), Events: unix.POLLIN}, {Fd: int32(v.done[0]), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			t.Fatal(err)
		}
		if fds[0].Revents&unix.POLLIN != 0 {
			if n, err := v.listener.Receive(); err == nil {
				if err := s.handle(n); err != nil {
					t.Error(err)
				}
			}
		}
		if fds[1].Revents != 0 {
			_, _ = unix.Read(v.done[0], make([]byte, 1))
			return <-v.results
		}
	}
}

func rawBind(fd int, addr []byte, length uint32) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&addr[0])), uintptr(length))
	return errno
}
