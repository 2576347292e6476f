package sys

import (
	"errors"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// A child's change is told as wait4(2) tells it, until it is taken.
func TestPeekChild(t *testing.T) {
	if _, err := PeekChild(); !errors.Is(err, unix.ECHILD) {
		t.Fatalf("without a child: %v", err)
	}
	for script, want := range map[string]unix.WaitStatus{
		"exit 7":        7 << 8,
		"kill -TERM $$": unix.WaitStatus(unix.SIGTERM),
		"kill -STOP $$": unix.WaitStatus(unix.SIGSTOP)<<8 | 0x7f,
	} {
		cmd := exec.Command("/bin/sh", "-c", script)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		awaitChild(t)
		for range 2 {
			if c, err := PeekChild(); err != nil || c.PID != cmd.Process.Pid || c.Status != want {
				t.Errorf("%s: %+v, %v, want %v of %d", script, c, err, want, cmd.Process.Pid)
			}
		}
		taken := Changed{cmd.Process.Pid, want}
		if err := taken.Take(); err != nil {
			t.Error(script, err)
		}
		if want.Stopped() {
			if c, err := PeekChild(); err != nil || c.PID != 0 {
				t.Errorf("%s, taken: %+v, %v", script, c, err)
			}
			_ = cmd.Process.Kill()
			_, _ = Wait4(cmd.Process.Pid, 0)
		}
		if _, err := PeekChild(); !errors.Is(err, unix.ECHILD) {
			t.Errorf("%s: %v, want no child", script, err)
		}
	}
}

// awaitChild waits until a child has ended or was stopped.
func awaitChild(t *testing.T) {
	t.Helper()
	if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
}
