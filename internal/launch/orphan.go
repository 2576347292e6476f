package launch

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/control"
	"gobind/internal/sys"
)

// errDied is why nothing that the supervisor started before it said so is kept.
var errDied = errors.New("the supervisor died when it had just started it")

// adopt stands in for the program when its supervisor has died: the kernel has made
// it a child of this process, with all else that was the supervisor's. It goes on, as
// it does in launch mode inplace, and its binds of privileged ports fail.
func (p *parent) adopt() (int, error) {
	if _, err := sys.Wait4(p.supervisor, 0); err != nil { // until then they are not ours
		return 0, p.kill(fmt.Errorf("wait for the supervisor that has died: %w", err))
	}
	if p.alone != nil && !ended(p.pidfd) {
		p.alone()
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WUNTRACED, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, p.kill(os.NewSyscallError("wait4", err))
		case pid != p.pid:
		case status.Stopped():
			_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
		default:
			return endAs(status), nil
		}
	}
}

// ended reports whether the process has.
func ended(pidfd int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 0)
	return err == nil && n == 1
}

// unstarted is the error where the supervisor died and did not say that it had
// started the program: it may have, so its children are killed, and theirs.
func (p *parent) unstarted() error {
	if _, err := sys.Wait4(p.supervisor, 0); err != nil {
		return fmt.Errorf("wait for the supervisor that has died: %w", err)
	}
	killed := 0
	for last := -1; killed != last; {
		last = killed
		for pid := range children() {
			if !p.before[pid] && unix.Kill(pid, unix.SIGKILL) == nil {
				_, _ = sys.Wait4(pid, 0)
				killed++
			}
		}
	}
	if killed > 0 {
		return &control.KilledError{Err: errDied}
	}
	return fmt.Errorf("%s died before it started the program", SupervisorPath)
}

// inherited are the children of the process that has become this one.
func inherited() map[int]bool {
	if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil); err != nil {
		return nil // as a rule
	}
	return children()
}

// children are the pids of this process's children.
func children() map[int]bool {
	pids := map[int]bool{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, _ := sys.ReadFile("/proc/" + entry.Name() + "/stat")
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // after the name: the state, the parent
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			pids[pid] = true
		}
	}
	return pids
}
