package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// catcher prints each signal that it gets, and ends with status 9 after TERM.
const catcher = `import os, signal, sys
for s in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGURG}:
    signal.signal(s, lambda n, _: os.write(1, signal.Signals(n).name.encode() + b"\n") and n == 15 and sys.exit(9))
print("ready", flush=True)
while True: signal.pause()
`

// waitOut waits until the process has written the text.
func waitOut(t *testing.T, p *process, text string) {
	t.Helper()
	eventually(t, func() error {
		if !strings.Contains(p.out(), text) {
			return fmt.Errorf("no %q in output %q, stderr %q", text, p.out(), p.err())
		}
		return nil
	})
}

func kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := unix.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

// A signal sent to gobind reaches the program, once.
func TestSignalsReachTheProgram(t *testing.T) {
	inModes(t, func(t *testing.T, mode string) {
		p := start(t, under(t, testenv.Alice, mode, "python3", "-c", catcher))
		waitOut(t, p, "ready")
		want := "ready\n"
		for _, sig := range []syscall.Signal{
			unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGWINCH,
			unix.SIGCONT, unix.SIGPIPE, unix.SIGIO, unix.SIGXCPU, unix.SIGTERM,
		} {
			kill(t, p.cmd.Process.Pid, sig)
			name := unix.SignalName(sig)
			waitOut(t, p, name+"\n")
			want += name + "\n"
		}
		if status := p.wait(t).ExitCode(); status != 9 {
			t.Errorf("exit status %d", status)
		}
		if p.out() != want {
			t.Errorf("got %q, want %q", p.out(), want)
		}
	})
}

// state is the process's state in /proc, a letter.
func state(pid int) string {
	_, rest, _ := strings.Cut(contents(fmt.Sprintf("/proc/%d/stat", pid)), ") ")
	return rest[:min(1, len(rest))]
}

func waitState(t *testing.T, pid int, want string) {
	t.Helper()
	eventually(t, func() error {
		if got := state(pid); got != want {
			return fmt.Errorf("process %d is in state %q, not %q", pid, got, want)
		}
		return nil
	})
}

// startSleeper starts a program that sleeps, and waits until it does.
func startSleeper(t *testing.T, mode string) *process {
	t.Helper()
	p := start(t, under(t, testenv.Alice, mode, "sleep", "1000"))
	eventually(t, func() error {
		if len(named(t, "sleep")) != 1 {
			return fmt.Errorf("no program: %s", p.err())
		}
		return nil
	})
	return p
}

// A program that is stopped and continued stops and continues gobind.
func TestStopAndContinue(t *testing.T) {
	inModes(t, func(t *testing.T, mode string) {
		p := startSleeper(t, mode)
		gobind, program := p.cmd.Process.Pid, named(t, "sleep")[0]
		for _, stop := range []struct {
			pid int
			sig syscall.Signal
		}{{program, unix.SIGSTOP}, {gobind, unix.SIGTSTP}, {program, unix.SIGTTIN}} {
			kill(t, stop.pid, stop.sig)
			waitState(t, program, "T")
			waitState(t, gobind, "T")
			kill(t, gobind, unix.SIGCONT)
			waitState(t, gobind, "S")
			waitState(t, program, "S")
		}
		kill(t, gobind, unix.SIGTERM)
		if status := p.wait(t).Sys().(syscall.WaitStatus); status.Signal() != unix.SIGTERM {
			t.Errorf("it ended with %v", p.cmd.ProcessState)
		}
	})
}

// Killed without a chance to relay, gobind takes its program along: its pid is
// what others know.
func TestKilledGobindTakesTheProgramAlong(t *testing.T) {
	inModes(t, func(t *testing.T, mode string) {
		p := startSleeper(t, mode)
		kill(t, p.cmd.Process.Pid, unix.SIGKILL)
		p.wait(t)
		eventually(t, func() error {
			if programs, others := named(t, "sleep"), supervisors(t); len(programs)+len(others) > 0 {
				return fmt.Errorf("programs %v and supervisors %v are left", programs, others)
			}
			return nil
		})
	})
}

// A signal that kills a whole control group, as systemd does, or a session ends
// the program, and the supervisor after it.
func TestSupervisorOutlivesSignals(t *testing.T) {
	inModes(t, func(t *testing.T, mode string) {
		p := start(t, under(t, testenv.Alice, mode, "python3", "-c", catcher))
		waitOut(t, p, "ready")
		pid := theSupervisor(t)
		eventually(t, func() error { return ignoresTERM(pid) })
		for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGPIPE} {
			kill(t, pid, sig)
		}
		kill(t, p.cmd.Process.Pid, unix.SIGUSR2)
		waitOut(t, p, "SIGUSR2")
		if got := state(pid); got == "" || got == "Z" {
			t.Errorf("the supervisor is in state %q", got)
		}
		kill(t, p.cmd.Process.Pid, unix.SIGTERM)
		p.wait(t)
	})
}

// ignoresTERM reports whether the process has come to ignore SIGTERM.
func ignoresTERM(pid int) error {
	for line := range strings.Lines(contents(fmt.Sprintf("/proc/%d/status", pid))) {
		var mask uint64
		if n, err := fmt.Sscanf(line, "SigIgn: %x", &mask); n == 1 && err == nil && mask&(1<<(unix.SIGTERM-1)) != 0 {
			return nil
		}
	}
	return fmt.Errorf("process %d does not ignore SIGTERM", pid)
}

// A bind that signals hit again and again succeeds, or fails for its own reason.
func TestSignalStorm(t *testing.T) {
	grant(t, "80", testenv.Alice)
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
	inModes(t, func(t *testing.T, mode string) {
		if p := run(t, under(t, testenv.Alice, mode, "python3", "-c", storm)); p.out() != "all\n" {
			t.Errorf("stdout %q, stderr %q", p.out(), p.err())
		}
	})
}
