package broker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/policy"
)

// confinedVar tells the test binary that it is the process to be confined.
const confinedVar = "GOBIND_TEST_CONFINED"

// A confined process gets EPERM for what is forbidden, on whatever thread, and the
// runtime goes on working. The process is this test binary, in a run of its own.
func TestConfine(t *testing.T) {
	if os.Getenv(confinedVar) != "" {
		confined(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestConfine$", "-test.count=1", "-test.v")
	cmd.Env = append(cmd.Environ(), confinedVar+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func confined(t *testing.T) {
	if _, err := os.ReadFile("/proc/self/status"); err != nil {
		t.Fatal(err) // and it starts the netpoller
	}
	if err := errors.Join(noNewPrivs(), confine()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 { // threads that were there and threads that come
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread()
			refuses(t)
		}()
	}
	wg.Wait()
	works(t)
}

// noNewPrivs is what the entry point of a real helper has done.
func noNewPrivs() error {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// refuses tries what is forbidden, with arguments that could do no harm.
func refuses(t *testing.T) {
	never := ^uintptr(0)
	for _, nr := range append(forbidden, forbiddenHere...) {
		if _, _, errno := unix.RawSyscall6(uintptr(nr), never, never, never, never, never, never); errno != unix.EPERM {
			t.Errorf("system call %d: %v", nr, errno)
		}
	}
	at := unix.AT_FDCWD
	for name, call := range map[string][4]uintptr{
		"open for writing":  {unix.SYS_OPENAT, uintptr(at), never, unix.O_WRONLY},
		"open and create":   {unix.SYS_OPENAT, uintptr(at), never, unix.O_CREAT},
		"open and truncate": {unix.SYS_OPENAT, uintptr(at), never, unix.O_TRUNC},
		"open both ways":    {unix.SYS_OPENAT, uintptr(at), never, unix.O_RDWR | unix.O_NONBLOCK},
		"map code":          {unix.SYS_MMAP, 0, 4096, unix.PROT_READ | unix.PROT_EXEC},
		"make it code":      {unix.SYS_MPROTECT, 0, 4096, unix.PROT_EXEC},
		"fork":              {unix.SYS_CLONE, uintptr(unix.SIGCHLD)},
		"inet socket":       {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM},
		"netlink socket":    {unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW},
	} {
		if _, _, errno := unix.RawSyscall(call[0], call[1], call[2], call[3]); errno != unix.EPERM {
			t.Errorf("%s: %v", name, errno)
		}
	}
}

// works uses what a helper and its runtime need.
func works(t *testing.T) {
	if _, err := os.ReadDir("/proc/self/task"); err != nil {
		t.Error(err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Error(err)
	}
	_ = unix.Close(fd)
	for i := range 100 {
		go func() { _ = make([]byte, i<<12) }()
	}
	for range 20 {
		runtime.GC()
	}
	for _, thread := range threads(t) {
		status, err := os.ReadFile("/proc/self/task/" + thread + "/status")
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
			continue // it ended
		}
		if err != nil || fieldOf(status, "Seccomp:", 10) != unix.SECCOMP_MODE_FILTER {
			t.Errorf("thread %s: %v\n%s", thread, err, status)
		}
	}
}

func threads(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Every instruction of the filter can be reached, every jump stays inside it, and
// the kernel takes it: BPF's own check.
func TestConfinementIsValid(t *testing.T) {
	filter := confinement()
	if len(filter) > unix.BPF_MAXINSNS {
		t.Errorf("%d instructions", len(filter))
	}
	seen := map[uint32]bool{}
	for _, nr := range append(forbidden, forbiddenHere...) {
		if seen[nr] {
			t.Errorf("system call %d is listed twice", nr)
		}
		seen[nr] = true
	}
	if last := filter[len(filter)-1]; last.Code != unix.BPF_RET|unix.BPF_K || last.K != unix.SECCOMP_RET_ALLOW {
		t.Errorf("the filter ends with %+v", last)
	}
}

// shedStatus is the status of a thread of a serving helper.
const shedStatus = "Name:\tgobind-helper\nUid:\t61001\t61001\t61001\t61001\nGid:\t61001\t61001\t61001\t61001\nGroups:\t61010 \n" +
	"CapInh:\t0000000000000000\nCapPrm:\t0000000000000400\nCapEff:\t0000000000000400\nCapBnd:\t0000000000000000\n" +
	"CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"

// A thread is shed only if all of its status says so.
func TestThreadIsShed(t *testing.T) {
	who := subject(61001, 61001, 61010)
	good := shedStatus
	if !threadIsShed([]byte(good), who, false) {
		t.Error("the good one is refused")
	}
	for _, change := range [][2]string{
		{"Uid:\t61001\t61001\t61001\t61001", "Uid:\t61001\t0\t61001\t61001"},
		{"Uid:\t61001\t61001\t61001\t61001", "Uid:\t61001\t61001\t0\t61001"},
		{"Uid:\t61001\t61001\t61001\t61001", "Uid:\t61001\t61001\t61001\t0"},
		{"Uid:\t61001\t61001\t61001\t61001", "Uid:\t61001\t61001\t61001\t610010"},
		{"Gid:\t61001\t61001\t61001\t61001", "Gid:\t61001\t61001\t61001\t0"},
		{"Groups:\t61010 \n", "Groups:\t \n"},
		{"Groups:\t61010 \n", "Groups:\t0 61010 \n"},
		{"Groups:\t61010 \n", "Groups:\t61010 61011 \n"},
		{"CapPrm:\t0000000000000400", "CapPrm:\t0000000000000401"},
		{"CapEff:\t0000000000000400", "CapEff:\t0000000000000000"},
		{"CapBnd:\t0000000000000000", "CapBnd:\t0000000000000400"},
		{"CapAmb:\t0000000000000000", "CapAmb:\t0000000000000400"},
		{"NoNewPrivs:\t1", "NoNewPrivs:\t0"},
		{"NoNewPrivs:\t1\n", ""},
	} {
		if bad := strings.Replace(good, change[0], change[1], 1); bad == good || threadIsShed([]byte(bad), who, false) {
			t.Errorf("accepted with %q", change[1])
		}
	}
	if bounding := strings.Replace(good, "CapBnd:\t0000000000000000", "CapBnd:\t000001ffffffffff", 1); !threadIsShed([]byte(bounding), who, true) {
		t.Error("a file capability's bounding set is refused")
	}
	if fmt.Sprint(fieldOf([]byte(good), "NoSuch:", 10)) != "0" {
		t.Error("a field that is not there is not 0")
	}
}

func subject(uid, gid uint32, groups ...uint32) policy.Subject {
	return policy.Subject{UID: uid, GID: gid, Groups: groups}
}
