package hostile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// H4: with too little of anything it fails closed; what it calls a success is one,
// and there is no core file.
func TestH4Limits(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	var limits []string
	for n := range 14 {
		limits = append(limits, fmt.Sprintf("--nofile=%d", n))
	}
	for _, size := range []string{"100000", "1000000", "10000000", "50000000", "200000000", "1000000000"} {
		limits = append(limits, "--as="+size, "--data="+size, "--stack="+size)
	}
	limits = append(limits, "--cpu=1", "--fsize=0", "--nproc=0", "--nproc=1", "--nproc=3", "--sigpending=0", "--msgqueue=0",
		"--rtprio=0", "--core=unlimited", "--stack=unlimited", "--memlock=0:0")
	outcomes := map[string]int{}
	for _, limit := range limits {
		p, channel := called(t, testenv.Alice, through("prlimit", "--core=unlimited", limit))
		outcome := bindsTruly(t, channel)
		outcomes[outcome]++
		if strings.HasPrefix(limit, "--core") && outcome != "bound" || limit == "--fsize=0" && outcome != "bound" {
			t.Errorf("%s: %s", limit, outcome)
		}
		_ = unix.Shutdown(channel, unix.SHUT_RDWR)
		if state := p.Wait(t); state.Sys().(syscall.WaitStatus).CoreDump() {
			t.Errorf("%s: it dumped core", limit)
		}
	}
	if cores, err := filepath.Glob(testenv.Alice.Home() + "/core*"); err != nil || len(cores) > 0 {
		t.Errorf("core files %q, %v", cores, err)
	}
	if outcomes["bound"] == 0 || outcomes["bound"] == len(limits) {
		t.Errorf("outcomes: %v", outcomes)
	}
	t.Log(outcomes)
}

// H7: its caller cannot look into it, nor take its descriptors.
func TestH7Debuggers(t *testing.T) {
	p, channel := called(t, testenv.Alice, plainly)
	kit.Hello(t, channel)
	const look = `import ctypes, os, sys
libc, pid = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
def refused(name, result):
    print(name, "refused" if result == -1 and ctypes.get_errno() in (1, 13) else "ALLOWED %d %d" % (result, ctypes.get_errno()))
refused("attach", libc.ptrace(16, pid, 0, 0))
refused("seize", libc.ptrace(0x4206, pid, 0, 0))
buf = ctypes.create_string_buffer(8)
iov = (ctypes.c_size_t * 2)(ctypes.addressof(buf), 8)
remote = (ctypes.c_size_t * 2)(0x400000, 8)
refused("process_vm_readv", libc.process_vm_readv(pid, iov, 1, remote, 1, 0))
pidfd = os.pidfd_open(pid)
refused("pidfd_getfd", libc.syscall(438, pidfd, 0, 0))
for name in "mem", "maps", "environ", "fd/0", "fdinfo/0", "exe", "cwd", "root", "stack", "auxv", "io":
    path = "/proc/%d/%s" % (pid, name)
    try:
        os.readlink(path) if name in ("exe", "cwd", "root") else open(path, "rb").read(1)
        print(name, "ALLOWED")
    except OSError as e:
        print(name, "refused")
`
	// Not dumpable, its files in /proc are root's; that a debugger of the caller's has not
	// its capability keeps him out, too.
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d/mem", p.Cmd.Process.Pid), &st); err != nil || st.Uid != 0 {
		t.Errorf("its memory is of user %d, %v", st.Uid, err)
	}
	out := kit.Run(t, testenv.Alice.Command("python3", "-c", look, fmt.Sprint(p.Cmd.Process.Pid)))
	if strings.Contains(out.Out(), "ALLOWED") || strings.Count(out.Out(), "refused") != 15 || out.Err() != "" {
		t.Errorf("%s%s", out.Out(), out.Err())
	}
}

// H9: a crowd of helpers is bounded by its starter's own limits, and nobody else
// waits for it.
func TestH9Crowd(t *testing.T) {
	kit.Grant(t, "80", testenv.Bob)
	const crowd = `import socket, subprocess, sys
channels, refused = [], 0
for i in range(400):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        channels.append((ours, subprocess.Popen([sys.argv[1]], stdin=theirs, stdout=-3, stderr=-3)))
    except OSError as e:
        refused += 1
    theirs.close()
served = sum(ours.recv(600)[8:9] == b"\x01" for ours, _ in channels)
print(len(channels), refused, served, flush=True)
sys.stdin.read()`
	path := testenv.Install(t).Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := testenv.Alice.Command("prlimit", "--nproc=200", "python3", "-c", crowd, path)
	cmd.Stdin = r
	p := kit.Start(t, cmd)
	kit.WaitOut(t, p, "\n")
	var started, refused, served int
	if _, err := fmt.Sscan(p.Out(), &started, &refused, &served); err != nil || served > 100 || served == 0 {
		t.Errorf("%d started, %d refused, %d serve, %v", started, refused, served, err)
	}
	t.Logf("of 400 helpers under RLIMIT_NPROC=200: %d started, %d serve", started, served)
	if tasks := tasksOf(t, testenv.Alice.UID); tasks > 200 {
		t.Errorf("she has %d tasks", tasks)
	}
	_, channel := called(t, testenv.Bob, plainly)
	if got := bindsTruly(t, channel); got != "bound" {
		t.Errorf("Bob: %s", got)
	}
	if err := errors.Join(w.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	p.Wait(t)
	kit.Eventually(t, func() error {
		if n := len(kit.Named(t, "gobind-helper")); n > 1 {
			return fmt.Errorf("%d helpers are left", n)
		}
		return nil
	})
}

// tasksOf counts the threads of a user.
func tasksOf(t *testing.T, uid uint32) int {
	t.Helper()
	out, err := exec.Command("ps", "-L", "-o", "lwp=", "-U", fmt.Sprint(uid)).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(out), "\n")
}
