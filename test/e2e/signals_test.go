package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// catcher prints each signal that it gets, and ends with status 9 after TERM.
const catcher = `import os, signal, sys
for s in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGURG}:
    signal.signal(s, lambda n, _: os.write(1, signal.Signals(n).name.encode() + b"\n") and n == 15 and sys.exit(9))
wake, w = os.pipe() # a signal just before pause() would wait for the next one
os.set_blocking(w, False)
signal.set_wakeup_fd(w)
print("ready", flush=True)
while True: os.read(wake, 1)
`

// A signal sent to gobind reaches the program, once.
func TestSignalsReachTheProgram(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Start(t, kit.Under(t, testenv.Alice, mode, "python3", "-c", catcher))
		kit.WaitOut(t, p, "ready")
		want := "ready\n"
		for _, sig := range []syscall.Signal{
			unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGWINCH,
			unix.SIGCONT, unix.SIGPIPE, unix.SIGIO, unix.SIGXCPU, unix.SIGTERM,
		} {
			kit.Kill(t, p.Cmd.Process.Pid, sig)
			name := unix.SignalName(sig)
			kit.WaitOut(t, p, name+"\n")
			want += name + "\n"
		}
		if status := p.Wait(t).ExitCode(); status != 9 {
			t.Errorf("exit status %d", status)
		}
		if p.Out() != want {
			t.Errorf("got %q, want %q", p.Out(), want)
		}
	})
}

// startSleeper starts a program that sleeps, and waits until it does.
func startSleeper(t *testing.T, mode string) *kit.Process {
	t.Helper()
	p := kit.Start(t, kit.Under(t, testenv.Alice, mode, "sleep", "1000"))
	kit.Eventually(t, func() error {
		if len(kit.Named(t, "sleep")) != 1 {
			return fmt.Errorf("no program: %s", p.Err())
		}
		return nil
	})
	return p
}

// A program that is stopped and continued stops and continues gobind.
func TestStopAndContinue(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		p := startSleeper(t, mode)
		gobind, program := p.Cmd.Process.Pid, kit.Named(t, "sleep")[0]
		for _, stop := range []struct {
			pid int
			sig syscall.Signal
		}{{program, unix.SIGSTOP}, {gobind, unix.SIGTSTP}, {program, unix.SIGTTIN}} {
			kit.Kill(t, stop.pid, stop.sig)
			kit.WaitState(t, program, "T")
			kit.WaitState(t, gobind, "T")
			kit.Kill(t, gobind, unix.SIGCONT)
			kit.WaitState(t, gobind, "S")
			kit.WaitState(t, program, "S")
		}
		kit.Kill(t, gobind, unix.SIGTERM)
		if status := p.Wait(t).Sys().(syscall.WaitStatus); status.Signal() != unix.SIGTERM {
			t.Errorf("it ended with %v", p.Cmd.ProcessState)
		}
	})
}

// Killed without a chance to relay, gobind takes its program along: its pid is
// what others know.
func TestKilledGobindTakesTheProgramAlong(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		p := startSleeper(t, mode)
		kit.Kill(t, p.Cmd.Process.Pid, unix.SIGKILL)
		p.Wait(t)
		kit.Eventually(t, func() error {
			if programs, others := kit.Named(t, "sleep"), kit.Supervisors(t); len(programs)+len(others) > 0 {
				return fmt.Errorf("programs %v and supervisors %v are left", programs, others)
			}
			return nil
		})
	})
}

// A signal that kills a whole control group, as systemd does, or a session ends
// the program, and the supervisor after it.
func TestSupervisorOutlivesSignals(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Start(t, kit.Under(t, testenv.Alice, mode, "python3", "-c", catcher))
		kit.WaitOut(t, p, "ready")
		pid := kit.TheSupervisor(t)
		kit.Eventually(t, func() error { return ignoresTERM(pid) })
		for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGPIPE} {
			kit.Kill(t, pid, sig)
		}
		kit.Kill(t, p.Cmd.Process.Pid, unix.SIGUSR2)
		kit.WaitOut(t, p, "SIGUSR2")
		if got := kit.State(pid); got == "" || got == "Z" {
			t.Errorf("the supervisor is in state %q", got)
		}
		kit.Kill(t, p.Cmd.Process.Pid, unix.SIGTERM)
		p.Wait(t)
	})
}

// ignoresTERM reports whether the process has come to ignore SIGTERM.
func ignoresTERM(pid int) error {
	for line := range strings.Lines(kit.Contents(fmt.Sprintf("/proc/%d/status", pid))) {
		var mask uint64
		if n, err := fmt.Sscanf(line, "SigIgn: %x", &mask); n == 1 && err == nil && mask&(1<<(unix.SIGTERM-1)) != 0 {
			return nil
		}
	}
	return fmt.Errorf("process %d does not ignore SIGTERM", pid)
}

// A bind that signals hit again and again succeeds, or fails for its own reason.
func TestSignalStorm(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	const storm = `import signal, socket
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, False)
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
for i in range(1000):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 80))
    s.close()
print("all")
`
	kit.InModes(t, func(t *testing.T, mode string) {
		if p := kit.Run(t, kit.Under(t, testenv.Alice, mode, "python3", "-c", storm)); p.Out() != "all\n" {
			t.Errorf("stdout %q, stderr %q", p.Out(), p.Err())
		}
	})
}
