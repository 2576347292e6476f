package hostile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/fuse"
	"gobind/test/kit"
)

// stalled is a program of Alice's whose bind hangs in a page that it does not have,
// and the supervisor with it, until the page is released.
type stalled struct {
	*kit.Process
	release func()
}

// stallers start such a program, by what the page is of.
var stallers = map[string]func(t *testing.T, mode string) *stalled{
	"FUSE":        stalledByFUSE,
	"userfaultfd": stalledByUserfaultfd,
}

// stalledByFUSE is one whose page is that of a file whose file system, the test's,
// waits.
func stalledByFUSE(t *testing.T, mode string) *stalled {
	t.Helper()
	page := binary.NativeEndian.AppendUint16(nil, unix.AF_INET)
	page = append(page, 0, 80, 127, 0, 0, 1)
	page = append(page, bytes.Repeat([]byte{0}, 4096-len(page))...)
	dir := kit.DirOf(t, testenv.Alice)
	fs := fuse.Mount(t, dir, map[string]fuse.File{"page": {Mode: 0o444, Text: string(page), Mapped: true}})
	hold := fs.Hold(fuse.Read, "page")
	s := &stalled{kit.Start(t, stallCommand(t, mode, dir+"/page")), hold.Release}
	hold.Wait(t)
	return s
}

// stalledByUserfaultfd is one whose page nobody has.
func stalledByUserfaultfd(t *testing.T, mode string) *stalled {
	t.Helper()
	misc := kit.Contents("/proc/misc")
	at := strings.Index(misc, " userfaultfd\n")
	if at < 0 {
		testenv.Skip(t, "this kernel has no /dev/userfaultfd, which came with Linux 6.1")
	}
	var minor uint32
	if _, err := fmt.Sscan(misc[strings.LastIndex(misc[:at], "\n")+1:at], &minor); err != nil {
		t.Fatal(err)
	}
	const node = "/dev/userfaultfd" // of the world's own /dev
	if err := unix.Mknod(node, unix.S_IFCHR|0o666, int(unix.Mkdev(10, minor))); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err := errors.Join(err, os.Chmod(node, 0o666)); err != nil {
		t.Fatal(err)
	}
	cmd := stallCommand(t, mode)
	cmd.Stdin = r
	s := &stalled{kit.Start(t, cmd), func() { _ = w.Close() }}
	_ = r.Close()
	t.Cleanup(s.release)
	kit.WaitOut(t, s.Process, "stalled\n")
	return s
}

// stallCommand is the command of testdata/stall.c, as the child of a shell that reaps
// it.
func stallCommand(t *testing.T, mode string, args ...string) *exec.Cmd {
	t.Helper()
	return kit.Under(t, testenv.Alice, mode, append([]string{"sh", "-c", `"$0" "$@"; true`, attack(t, "stall")}, args...)...)
}

// S5: a page that stalls the supervisor stalls no tree but its own, and what was
// asked for is done when the page has come.
func TestS5Stalled(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	for by, start := range stallers {
		t.Run(by, func(t *testing.T) {
			kit.InModes(t, func(t *testing.T, mode string) {
				other := kit.StartAsker(t, mode)
				other.Want(t, "bound")
				s := start(t, mode)
				other.Want(t, "bound")
				if s.Ended() || strings.Contains(s.Out(), "bound") {
					t.Errorf("it was not stalled: %s", s.Out())
				}
				s.release()
				s.Wait(t)
				if got := strings.TrimPrefix(s.Out(), "stalled\n"); got != "bound\n" || s.Err() != "" {
					t.Errorf("stdout %q, stderr %q", s.Out(), s.Err())
				}
			})
		})
	}
}

// S2: a process that is killed while its sockaddr is being read, and whose pid
// another has by then, which has a socket on the same descriptor: nothing is bound.
func TestS2PidReused(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	kit.InModes(t, func(t *testing.T, mode string) {
		s := stalledByFUSE(t, mode)
		pids := kit.Named(t, "stall")
		if len(pids) != 1 {
			t.Fatalf("processes %v", pids)
		}
		pid := pids[0]
		kit.Kill(t, pid, unix.SIGKILL)
		kit.Eventually(t, func() error { return wantGone(pid) })
		other, w := bystanderAt(t, pid)
		kit.WaitOut(t, other, "ready\n")
		s.release()
		kit.Eventually(t, func() error {
			if left := kit.Supervisors(t); len(left) > 0 {
				return fmt.Errorf("supervisors %v are left", left)
			}
			return nil
		})
		_ = w.Close()
		other.Wait(t)
		s.Wait(t)
		kit.WantOutput(t, other, "ready\nport 0\n", "")
	})
}

// bystanderAt starts a bystander that has this process id, which nobody has, and
// returns it with the end of its input. Somebody else may be given the id first, and
// is waited for.
func bystanderAt(t *testing.T, pid int) (*kit.Process, *os.File) {
	t.Helper()
	for range 1000 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := testenv.Alice.Command("python3", "-c", bystander)
		cmd.Stdin = r
		kit.Write(t, "/proc/sys/kernel/ns_last_pid", fmt.Sprint(pid-1))
		p := kit.Start(t, cmd)
		_ = r.Close()
		if cmd.Process.Pid == pid {
			t.Cleanup(func() { _ = w.Close() })
			return p, w
		}
		_ = w.Close()
		p.Wait(t)
	}
	t.Fatalf("process id %d is not to be had", pid)
	return nil, nil
}

// wantGone is an error as long as there is such a process.
func wantGone(pid int) error {
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		return fmt.Errorf("process %d is left", pid)
	}
	return nil
}
