package hostile

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// inherit is a Python program that does something to signals, and executes its
// arguments.
func inherit(do string) []string {
	return []string{"python3", "-c", "import os, signal, sys\n" + do + "\nos.execv(sys.argv[1], sys.argv[1:])"}
}

// H5: what was done to signals before it started changes nothing.
func TestH5Signals(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	const pending = `signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
for s in signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT: os.kill(os.getpid(), s)`
	for name, argv := range map[string][]string{
		"SIGCHLD ignored": {"env", "--ignore-signal=CHLD"},
		"SIGPIPE ignored": {"env", "--ignore-signal=PIPE"},
		"SIGTERM ignored": {"env", "--ignore-signal=TERM"},
		"all ignored":     {"env", "--ignore-signal"},
		"all default":     {"env", "--default-signal"},
		"all blocked":     {"env", "--block-signal"},
		"pending":         inherit(pending),
	} {
		p, channel := called(t, testenv.Alice, through(argv...))
		if got := bindsTruly(t, channel); got != "bound" {
			t.Errorf("%s: %s; %s", name, got, p.Err())
		}
		status := kit.Contents(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
		if !strings.Contains(status, "\nSigBlk:\t0000000000000000\n") {
			t.Errorf("%s: signals are blocked:\n%s", name, status)
		}
	}
}

// H5: signals that would end it are pending and blocked when it starts: it ends, or
// serves, and its caller knows which.
func TestH5FatalSignalsPending(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for _, name := range []string{"HUP", "INT", "QUIT", "PIPE", "ALRM", "TERM", "USR1", "VTALRM", "PROF", "XCPU"} {
		p, channel := called(t, testenv.Alice, through(inherit(fmt.Sprintf(
			"signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nos.kill(os.getpid(), signal.SIG%s)", name))...))
		got := bindsTruly(t, channel)
		_ = unix.Shutdown(channel, unix.SHUT_RDWR)
		if state := p.Wait(t); got != "bound" && got != "end" || state.Sys().(syscall.WaitStatus).CoreDump() {
			t.Errorf("SIG%s: %s, %v; %s", name, got, state, p.Err())
		}
	}
}

// H5: timers that are armed when it starts, and go on, change nothing.
func TestH5Timers(t *testing.T) {
	// Each decision is by the last of many lines, so that there is processor time to
	// be measured.
	kit.Allow(t, "byuid/61001", strings.Repeat("127.0.0.9,9\n", 10_000)+"127.0.0.1,80\n")
	for timer, sig := range map[string]syscall.Signal{"ITIMER_REAL": unix.SIGALRM, "ITIMER_VIRTUAL": unix.SIGVTALRM, "ITIMER_PROF": unix.SIGPROF} {
		p, channel := called(t, testenv.Alice, through(inherit(fmt.Sprintf(
			"signal.signal(signal.%s, signal.SIG_IGN)\nsignal.setitimer(signal.%s, 0.001, 0.001)", unix.SignalName(sig), timer))...))
		kit.Hello(t, channel)
		asked := 0
		for ; asked < 30 || ticks(p.Cmd.Process.Pid) < 5; asked++ {
			time.Sleep(3 * time.Millisecond)  // so that the timer meets it while it waits, too
			toEach(t, p.Cmd.Process.Pid, sig) // the timer's signal goes to one thread, which may not be the one that waits
			if reply := asksOnce(t, channel, kit.Port80); !reply.Bound() {
				t.Fatalf("%s: request %d: %+v; %s", timer, asked, reply, p.Err())
			}
		}
		t.Logf("%s: %d requests in %d0 ms of processor time", timer, asked, ticks(p.Cmd.Process.Pid))
		_ = unix.Shutdown(channel, unix.SHUT_RDWR)
		p.Wait(t)
		quiet(t, timer, p)
	}
}

// toEach sends the signal to each thread of the process.
func toEach(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if tid, err := strconv.Atoi(task.Name()); err == nil {
			_ = unix.Tgkill(pid, tid, sig) // it may have ended
		}
	}
}

// ticks is the processor time of a process, in user mode, in hundredths of a second.
func ticks(pid int) int {
	_, rest, _ := strings.Cut(kit.Contents(fmt.Sprintf("/proc/%d/stat", pid)), ") ")
	fields := append(strings.Fields(rest), make([]string, 12)...)
	n, _ := strconv.Atoi(fields[11])
	return n
}

// H5: a timer whose signal ends a process is armed when it starts: where it comes
// in time to, that is the end, and else it is nothing.
func TestH5FatalTimers(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	outcomes := map[string]int{}
	for i := range kit.Hostile.Of(12, 1000) {
		after := time.Duration(rand.Int64N(int64(20 * time.Millisecond)))
		arm := []string{
			`signal.setitimer(signal.ITIMER_REAL, %f)`,
			`signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM]); signal.setitimer(signal.ITIMER_REAL, %f, 0.001)`,
			`signal.setitimer(signal.ITIMER_VIRTUAL, %f)`,
			`signal.setitimer(signal.ITIMER_PROF, %f)`,
		}[i%4]
		p, channel := called(t, testenv.Alice, func(cmd *exec.Cmd) {
			through(inherit(fmt.Sprintf(arm, (after + time.Microsecond).Seconds()))...)(cmd)
		})
		got := bindsTruly(t, channel)
		if outcomes[got]++; got != "bound" && got != "end" {
			t.Errorf("%s after %v: %s; %s", arm, after, got, p.Err())
		}
		_ = unix.Shutdown(channel, unix.SHUT_RDWR)
		p.Wait(t)
	}
	t.Log(outcomes)
}

// survived are the signals that change nothing, whenever they come.
var survived = map[syscall.Signal]bool{
	unix.SIGSTOP: true, unix.SIGTSTP: true, unix.SIGTTIN: true, unix.SIGTTOU: true, unix.SIGCONT: true,
	unix.SIGURG: true, unix.SIGCHLD: true, unix.SIGWINCH: true, unix.SIGPIPE: true, unix.SIGALRM: true, unix.SIGVTALRM: true,
}

// H5: a signal in the middle of a decision, also where the helper is stopped there: it
// changes nothing, and the caller is told the truth, or it ends the helper, and the
// caller sees that. SIGKILL lets it bind nothing more.
func TestH5SignalInTheMiddle(t *testing.T) {
	kind := policyKinds["byport"]
	fs := kind.mount(t)
	outcomes := map[string]int{}
	for range kit.Hostile.Of(1, 50) {
		for sig := syscall.Signal(1); sig <= 64; sig++ {
			if sig > 34 && sig < 64 && !kit.Hostile.Full() {
				continue // real-time signals, all alike
			}
			for _, stopped := range []bool{false, true} {
				name := fmt.Sprintf("%v, stopped %v", sig, stopped)
				m := kind.inTheMiddle(t, fs)
				if stopped {
					m.stop(t)
				}
				kit.Kill(t, m.pid(), sig)
				m.answer()
				if stopped && sig != unix.SIGCONT && m.stopped(t) {
					m.silent(t, name)
				}
				_ = unix.Kill(m.pid(), unix.SIGCONT) // it may have ended
				got := m.outcome(t, name)
				if got == "refused" || survived[sig] && got != "bound" || sig == unix.SIGKILL && got != "end" {
					t.Errorf("%s: %s", name, got)
				}
				outcomes[got]++
				m.end(t, name)
			}
		}
	}
	t.Logf("signals in the middle of a decision: %v", outcomes)
}

// H5: a helper that is stopped and continued all the time, wherever it is, tells the
// truth.
func TestH5StoppedAllTheTime(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	p, channel := called(t, testenv.Alice, plainly)
	kit.Hello(t, channel)
	done, stops := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-done:
				stops <- n
				return
			default:
				_ = unix.Kill(p.Cmd.Process.Pid, unix.SIGSTOP)
				time.Sleep(time.Duration(rand.Int64N(int64(200 * time.Microsecond))))
				_ = unix.Kill(p.Cmd.Process.Pid, unix.SIGCONT)
				time.Sleep(time.Duration(rand.Int64N(int64(200 * time.Microsecond))))
				n++
			}
		}
	}()
	count := kit.Hostile.Of(200, 900) // fewer than a helper serves
	for i := range count {
		addr := netip.AddrPortFrom(kit.Port80.Addr(), uint16(80+i%2))
		if reply := asksOnce(t, channel, addr); reply.Bound() != (addr == kit.Port80) {
			t.Fatalf("request %d for %v: %+v", i, addr, reply)
		}
	}
	close(done)
	t.Logf("%d requests, stopped %d times", count, <-stops)
}
