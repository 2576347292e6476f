package launch

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// catchAll takes every signal that a process can catch and that was not ignored
// when this one was started, but those that tell of its own faults and children.
func catchAll(in sys.Inherited) <-chan os.Signal {
	signals := make(chan os.Signal, 64)
	for sig := syscall.Signal(1); sig < 65; sig++ {
		switch sig {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, 32, 33, 34:
			continue
		}
		if !in.IsIgnored(sig) {
			signal.Notify(signals, sig)
		}
	}
	return signals
}

// relay sends on to the program what this process gets, except what its terminal
// has sent to both.
func relay(signals <-chan os.Signal, pidfd int) {
	for s := range signals {
		sig := s.(syscall.Signal)
		if fromTerminal(sig) && inForeground() {
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
