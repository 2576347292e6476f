package launch

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// lastSignal is the largest signal number (SIGRTMAX).
const lastSignal = 64

// catchAll takes every signal that a process can catch, also those that were
// ignored when this one was started, since the program may think otherwise; but
// not those that tell of this process's own faults and children, and not those
// that the Go runtime sends to itself.
func catchAll() <-chan os.Signal {
	signals := make(chan os.Signal, lastSignal)
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		switch sig {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, // nobody can, or not the program's
			unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL,
			unix.SIGURG, unix.SIGPROF, 32, 33, 34: // the runtime's, or a C library's
			continue
		}
		signal.Notify(signals, sig)
	}
	return signals
}

// relay sends on to the program what this process gets, except what its terminal
// has sent to both.
func relay(signals <-chan os.Signal, pidfd int) {
	for s := range signals {
		sig, ok := s.(syscall.Signal)
		if !ok || fromTerminal(sig) && inForeground() {
			continue
		}
		_ = unix.PidfdSendSignal(pidfd, sig, nil, 0) // an error: it has just ended
	}
}

// fromTerminal reports whether a terminal sends the signal to its foreground
// process group, on a key.
func fromTerminal(sig syscall.Signal) bool {
	return sig == unix.SIGINT || sig == unix.SIGQUIT || sig == unix.SIGTSTP
}

// inForeground reports whether this process, and with it the program, is in the
// foreground process group of a controlling terminal.
func inForeground() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty) //nolint:errcheck // opened to ask
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
