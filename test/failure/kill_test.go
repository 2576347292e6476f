package failure

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// moment is a random time of at most limit.
func moment(limit time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(limit))) }

// span measures how long it takes, on this machine at this time, until the binder
// under gobind has bound its first port: a helper starts in less.
func span(t *testing.T, mode string) time.Duration {
	t.Helper()
	cmd := kit.Under(t, testenv.Alice, mode, binder(t)) // which may have to be built
	begin := time.Now()
	p := startPlainly(t, cmd)
	p.bind(t, 80, true)
	took := time.Since(begin)
	p.end(t)
	return min(max(took, 10*time.Millisecond), 50*time.Millisecond)
}

// A helper that is killed at any point of its life has told its caller the truth,
// or the caller sees its end.
func TestHelperIsKilledAnywhere(t *testing.T) {
	grantAll(t)
	path := testenv.Install(t).Helper()
	limit := span(t, kit.LaunchModes()[0])
	before := kit.Processes(t)
	count, replies := kit.Failures.Of(250, 10_000), 0
	for range count {
		channel, theirs, err := kit.ChannelFile()
		if err != nil {
			t.Fatal(err)
		}
		cmd := testenv.Alice.Command(path)
		cmd.Stdin = theirs
		if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
			t.Fatal(err)
		}
		killed := make(chan error)
		go func() {
			time.Sleep(moment(limit))
			killed <- errors.Join(cmd.Process.Kill(), exitOf(cmd))
		}()
		replies += askUntilItEnds(t, channel)
		if err := <-killed; err != nil {
			t.Fatal(err)
		}
	}
	nothingIsLeft(t, before)
	t.Logf("%d helpers were killed, after %d replies", count, replies)
}

// exitOf waits for the command's end, however it ends.
func exitOf(cmd *exec.Cmd) error {
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// askUntilItEnds asks a helper for what is permitted and what is not in turn, and
// compares what it says with what the kernel has. It returns the number of replies.
func askUntilItEnds(t *testing.T, channel int) int {
	t.Helper()
	conn := client.New(channel)
	defer conn.Close() //nolint:errcheck // it has ended
	for replies := 0; ; replies++ {
		port, permitted := uint16(80+replies%3), replies%3 != 2
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			t.Fatal(err)
		}
		reply, err := conn.Bind(fd, netip.AddrPortFrom(kit.Port80.Addr(), port), 0, false, helper.Claim{})
		bound := kit.IsBound(t, fd)
		if bound && !permitted || err == nil && reply.Bound() != bound || errors.Is(err, client.ErrClosed) && bound {
			t.Errorf("port %d, permitted %v: reply %+v, error %v, bound %v", port, permitted, reply, err, bound)
		}
		_ = unix.Close(fd)
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, client.ErrClosed) {
			t.Errorf("reply %d: %v", replies+1, err)
		}
		return replies
	}
}

// Under gobind a bind is a success only if the socket is bound, however often the
// helper is killed meanwhile.
func TestHelperIsKilledUnderGobind(t *testing.T) {
	program := binder(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		grantAll(t)
		limit := 2 * span(t, mode)
		p := startPlainly(t, kit.Under(t, testenv.Alice, mode, program))
		var kills atomic.Int64
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(moment(limit)):
					kills.Add(killAll("gobind-helper"))
				}
			}
		}()
		for kills.Load() < int64(kit.Failures.Of(100, 5_000)) && !t.Failed() {
			p.bind(t, 80, true)
			p.bind(t, 82, false)
			p.bind(t, 81, true)
		}
		close(stop)
		<-stopped
		p.end(t)
		t.Logf("%d helpers were killed while %d binds were asked for: %d are bound, %d of them after an error", kills.Load(), p.asked, p.bound+p.lost, p.lost)
	})
}

// killAll kills the processes of that name in this world, and returns their number.
func killAll(name string) int64 {
	var killed int64
	for _, pid := range pidsOf(name) {
		if unix.Kill(pid, unix.SIGKILL) == nil {
			killed++
		}
	}
	return killed
}

// A supervisor that is killed at any point fails the binds of its target, and lets
// none be a success that is none. The target goes on and ends with its own status; or
// it was not started, or killed when it had just been started, and gobind says so.
func TestSupervisorIsKilledAnywhere(t *testing.T) {
	program := binder(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		grantAll(t)
		asked, bound, limit := 0, 0, 4*span(t, mode)
		for range kit.Failures.Of(30, 5_000) {
			p := startPlainly(t, kit.Under(t, testenv.Alice, mode, program))
			killed := make(chan struct{})
			go func() {
				defer close(killed)
				time.Sleep(moment(limit))
				for killAll("gobind-supervis") == 0 && !p.process.Ended() {
					time.Sleep(time.Millisecond)
				}
			}()
			p.untilItFails(t)
			<-killed
			p.end(t)
			asked, bound = asked+p.asked, bound+p.bound
			if t.Failed() {
				return
			}
		}
		t.Logf("of %d binds %d were made", asked, bound)
	})
}

// untilItFails asks for binds until none is answered as it should be.
func (p *play) untilItFails(t *testing.T) {
	t.Helper()
	for !p.ended && p.errno != unix.ENOSYS && !t.Failed() {
		p.bind(t, 82, false)
		p.bind(t, 80, true)
	}
}

// pidsOf are the processes of that name (comm) in this world. It may be called from
// any goroutine.
func pidsOf(name string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, ok := isNamed(e.Name(), name); ok {
			pids = append(pids, pid)
		}
	}
	return pids
}

func isNamed(entry, name string) (int, bool) {
	pid, err := strconv.Atoi(entry)
	if err != nil {
		return 0, false
	}
	comm, err := os.ReadFile("/proc/" + entry + "/comm")
	return pid, err == nil && string(comm) == name+"\n"
}
