package failure

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// helperBy starts a helper of Alice's by a command, and returns the caller's side
// of its channel. It is reaped in the background.
func helperBy(t *testing.T, argv ...string) int {
	t.Helper()
	channel, theirs, err := kit.ChannelFile()
	if err != nil {
		t.Fatal(err)
	}
	cmd := testenv.Alice.Command(argv[0], argv[1:]...)
	cmd.Stdin = theirs
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	go func() { _ = exitOf(cmd) }()
	limit := unix.Timeval{Sec: int64(kit.Patience.Seconds())}
	if err := unix.SetsockoptTimeval(channel, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		t.Fatal(err)
	}
	return channel
}

// askTwice asks a helper for a port that policy permits and one that it does not,
// closes the channel, and reports whether both were answered.
func askTwice(t *testing.T, channel int) bool {
	t.Helper()
	conn := client.New(channel)
	defer conn.Close() //nolint:errcheck // it ends the helper
	for port, permitted := range map[uint16]bool{80: true, 82: false} {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := conn.Bind(fd, netip.AddrPortFrom(kit.Port80.Addr(), port), 0, false, helper.Claim{})
		bound := kit.IsBound(t, fd)
		_ = unix.Close(fd)
		if errors.Is(err, unix.EAGAIN) {
			t.Errorf("no answer within %v", kit.Patience)
		}
		if bound && !permitted || err == nil && reply.Bound() != bound {
			t.Errorf("port %d, permitted %v: reply %+v, error %v, bound %v", port, permitted, reply, err, bound)
		}
		if err != nil {
			return false
		}
	}
	return true
}

// usage is what is in use: sockets of this network namespace (sockstat's "used" and
// "inuse" are counted in each, its "alloc" is the machine's), the rest of the machine.
type usage struct{ unixSockets, sockets, inetSockets, files, slab int }

func used(t *testing.T) usage {
	t.Helper()
	var u usage
	u.unixSockets = strings.Count(kit.Contents("/proc/net/unix"), "\n")
	u.sockets = number(t, "/proc/net/sockstat", "sockets: used")
	u.inetSockets = number(t, "/proc/net/sockstat", "TCP: inuse")
	u.files = number(t, "/proc/sys/fs/file-nr", "")
	u.slab = number(t, "/proc/meminfo", "SUnreclaim:")
	return u
}

// number is the number after a word in a file.
func number(t *testing.T, file, word string) int {
	t.Helper()
	_, rest, ok := strings.Cut(kit.Contents(file), word)
	var n int
	if _, err := fmt.Sscan(rest, &n); err != nil || !ok {
		t.Fatalf("%s %q: %v", file, word, err)
	}
	return n
}

// Callers by the thousand leave nothing behind: no process, socket, descriptor or
// memory of the kernel's.
func TestManyClients(t *testing.T) {
	grantAll(t)
	path := testenv.Install(t).Helper()
	for range 10 {
		askTwice(t, helperBy(t, path))
	}
	processes := kit.Processes(t)
	nothingIsLeft(t, processes)
	before, count := used(t), kit.Failures.Of(200, 10_000)
	for range count {
		if !askTwice(t, helperBy(t, path)) {
			t.Fatal("a helper does not serve")
		}
	}
	nothingIsLeft(t, processes)
	var after usage
	kit.Eventually(t, func() error { // the kernel frees some a moment later
		after = used(t)
		if after.unixSockets > before.unixSockets || after.sockets > before.sockets || after.inetSockets > before.inetSockets {
			return fmt.Errorf("sockets are left: before %+v, after %+v", before, after)
		}
		return nil
	})
	t.Logf("before %+v, after %d clients %+v", before, count, after)
	if after.files > before.files+count/2+500 { // of the whole machine
		t.Error("open files are left")
	}
	if after.slab > before.slab+64<<10 { // KiB, likewise
		t.Error("memory of the kernel's is left")
	}
}

// A helper keeps its size and its descriptors whatever it is sent; one that hears
// nothing is gone after ten seconds, one that hears little after a thousand requests.
func TestHelperIsBounded(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	idle, _ := kit.StartHelper(t, testenv.Alice)
	begin := time.Now()
	p, channel := kit.StartHelper(t, testenv.Alice)
	kit.Hello(t, channel)
	pid, sock := p.Cmd.Process.Pid, kit.TCPSocket(t)
	before := kit.OpenFiles(t, pid)
	many := make([]int, 253)
	for i := range many {
		many[i] = sock
	}
	for range 199 {
		kit.Exchange(t, channel, make([]byte, 1<<16), many...)
		kit.Exchange(t, channel, kit.Request(1, kit.Port80), many...)
		kit.Exchange(t, channel, make([]byte, 513))
		kit.Exchange(t, channel, kit.Request(1, netip.MustParseAddrPort("127.0.0.1:82")), sock)
		kit.Exchange(t, channel, kit.Request(1, kit.Port80), many[:2]...)
	}
	peak := number(t, fmt.Sprintf("/proc/%d/status", pid), "VmHWM:")
	if files := kit.OpenFiles(t, pid); peak > 16<<10 || files > before+1 { // and /dev/log
		t.Errorf("after 995 hostile requests it had %d KiB at most and has %d descriptors, %d before", peak, files, before)
	}
	for range 5 {
		kit.Exchange(t, channel, kit.Request(1, kit.Port80))
	}
	if status := p.Wait(t).ExitCode(); status != 0 {
		t.Errorf("after a thousand requests: exit status %d", status)
	}
	idle.Wait(t)
	if took := time.Since(begin); took < 10*time.Second {
		t.Errorf("an idle helper ends after %v", took)
	}
	t.Logf("peak of a helper that serves a hostile client: %d KiB", peak)
}

// A supervisor is as large after a hundred thousand binds as after a thousand, and
// has as many descriptors.
func TestSupervisorIsBounded(t *testing.T) {
	program := binder(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		grantAll(t)
		p := startPlainly(t, kit.Under(t, testenv.Alice, mode, program))
		binds := func(count int) (size, files int) {
			for range count / 4 {
				for port, permitted := range map[int]bool{80: true, 81: true, 82: false, 84: false} {
					p.bind(t, port, permitted)
				}
			}
			pid := kit.TheSupervisor(t)
			return number(t, fmt.Sprintf("/proc/%d/status", pid), "VmRSS:"), kit.OpenFiles(t, pid)
		}
		size, files := binds(1_000)
		count := kit.Failures.Of(4_000, 100_000)
		after, filesAfter := binds(count)
		if after > size+4<<10 || filesAfter != files {
			t.Errorf("%d KiB and %d descriptors, after %d more binds %d KiB and %d", size, files, count, after, filesAfter)
		}
		t.Logf("%d KiB after 1,000 binds, %d KiB after %d more", size, after, count)
		p.end(t)
	})
}
