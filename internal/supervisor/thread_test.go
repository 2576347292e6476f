package supervisor

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/sys"
)

// startSleep starts a process that does nothing, with stdin as its descriptor 0.
func startSleep(t *testing.T, stdin *os.File) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	cmd.Stdin = stdin
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it reports the signal
}

// inode is what tells one file from another.
func inode(t *testing.T, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

// Descriptors that were kept of a thread say nothing of another that has its number:
// with one that has ended they say that, and are opened anew.
func TestThreadWithReusedNumber(t *testing.T) {
	var files [2]*os.File
	for i := range files {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = errors.Join(r.Close(), w.Close()) })
		files[i] = r
	}
	first, second := startSleep(t, files[0]), startSleep(t, files[1])
	var kept thread
	defer kept.close()
	kept.expect(t, first.Process.Pid, files[0])
	status, pidfd := kept.status, kept.pidfd
	kept.expect(t, first.Process.Pid, files[0])
	if kept.status != status || kept.pidfd != pidfd {
		t.Error("what was open was not kept")
	}
	end(t, first)
	kept.tid = second.Process.Pid // as if the number were the second one's now
	kept.expect(t, second.Process.Pid, files[1])

	end(t, second)
	if id, err := kept.identify(second.Process.Pid); err == nil {
		t.Errorf("a process that has ended is %+v", id)
	}
	if kept.tid != 0 {
		t.Errorf("thread %d is kept", kept.tid)
	}
}

// expect demands that the thread is identified as leader of process pid, and that its
// descriptor 0 is the file.
func (t *thread) expect(tb *testing.T, pid int, file *os.File) {
	tb.Helper()
	id, err := t.identify(pid)
	if err != nil || id.tgid != pid || t.tid != pid {
		tb.Fatalf("process %d is %+v, %v", pid, id, err)
	}
	dup, err := t.getfd(pid, sys.HasPidfdThread(), 0)
	if err != nil {
		tb.Fatal(err)
	}
	defer unix.Close(dup) //nolint:errcheck // a pipe
	if inode(tb, dup) != inode(tb, int(file.Fd())) {
		tb.Errorf("process %d: another file was duplicated", pid)
	}
}

// The same where the end comes between the two: the pidfd alone is opened anew.
func TestPidfdOfEndedThread(t *testing.T) {
	first, second := startSleep(t, os.Stdin), startSleep(t, os.Stdin)
	var kept thread
	defer kept.close()
	for _, pid := range []int{first.Process.Pid, second.Process.Pid} {
		if _, err := kept.identify(pid); err != nil {
			t.Fatal(err)
		}
		if pid == second.Process.Pid { // as if it were the first one's
			kept.pidfd, _ = sys.OpenPidfd(first.Process.Pid, false)
			end(t, first)
		}
		dup, err := kept.getfd(pid, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(dup)
	}
	end(t, second)
	if _, err := kept.getfd(second.Process.Pid, false, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("a descriptor of a process that has ended: %v", err)
	}
}

func BenchmarkParseStatus(b *testing.B) {
	text, err := sys.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseStatus(text); err != nil {
			b.Fatal(err)
		}
	}
}
