package supervisor

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// changer becomes Nobody without a way to other ids, and does a step for each line that
// it reads: another name, a user namespace of its own, and another id in that.
const changer = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *args):
    if getattr(libc, name)(*args): raise OSError(ctypes.get_errno(), name)
def step():
    print(flush=True)
    sys.stdin.readline()
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
call("prctl", 38, 1, 0, 0, 0) # PR_SET_NO_NEW_PRIVS
step()
call("prctl", 15, b"renamed", 0, 0, 0) # PR_SET_NAME
step()
call("unshare", 0x10000000) # CLONE_NEWUSER
step()
os.setresuid(1, 1, 1)
step()
`

// startSteps starts a program in Python that prints a line for each step, and does the next
// one when it reads one.
func startSteps(t *testing.T, program string) (pid int, wait, next func()) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "-c", program)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	cmd.Stderr = os.Stderr
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(out)
	wait = func() {
		t.Helper()
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return cmd.Process.Pid, wait, func() {
		t.Helper()
		if _, err := io.WriteString(in, "\n"); err != nil {
			t.Fatal(err)
		}
		wait()
	}
}

// What was read of a thread that cannot change its ids counts, but for its name, until it
// is in another user namespace.
func TestFixedIdentity(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a user namespace ids of others")
	}
	pid, wait, next := startSteps(t, changer)
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	kept := thread{}
	kept.userNS, _ = os.Readlink("/proc/self/ns/user")
	defer kept.close()
	expect := func(uid uint32, name string, fixed bool) {
		t.Helper()
		id, err := kept.identify(pid)
		if err != nil || id.ruid != uid || id.euid != uid || id.comm != name || (kept.last.isFixed() && kept.isHere()) != fixed {
			t.Fatalf("%+v, %v", id, err)
		}
	}
	wait()
	expect(65534, "python3", false) // the first time
	expect(65534, "python3", true)
	expect(65534, "python3", true)
	next()
	expect(65534, "renamed", true)
	next()
	expect(65534, "renamed", false)
	if err := os.WriteFile(filepath.Join(proc, "uid_map"), []byte("0 65534 1\n1 4711 1\n"), 0); err != nil {
		t.Fatal(err)
	}
	expect(65534, "renamed", false)
	next()
	expect(4711, "renamed", false)
}

// What was read of a thread that has ended says nothing of another with its number.
func TestFixedThreadWithReusedNumber(t *testing.T) {
	first, second := startSleep(t, nil), startSleep(t, nil)
	var kept thread
	kept.userNS, _ = os.Readlink("/proc/self/ns/user")
	defer kept.close()
	for range 2 {
		for range 2 {
			if _, err := kept.identify(first.Process.Pid); err != nil {
				t.Fatal(err)
			}
			kept.last = identity{tgid: first.Process.Pid, noNewPrivs: true} // as if it were fixed
		}
	}
	if id, err := kept.identify(first.Process.Pid); err != nil || !id.isFixed() {
		t.Errorf("what was read is not kept: %+v, %v", id, err)
	}
	end(t, first)
	kept.tid = second.Process.Pid // as if the number were the second one's now
	if id, err := kept.identify(second.Process.Pid); err != nil || id.tgid != second.Process.Pid {
		t.Errorf("%+v, %v", id, err)
	}
	end(t, second)
	if id, err := kept.identify(second.Process.Pid); err == nil {
		t.Errorf("a process that has ended is %+v", id)
	}
}
