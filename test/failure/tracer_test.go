package failure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// deed is what is done to a system call.
type deed int

const (
	fail      deed = iota // it is not made, and fails
	lie                   // it is not made, and succeeds
	killFirst             // the process is killed before it
	killAfter             // the process is killed after it
)

// site is a kind of system call in the processes of one role: gobind, supervisor,
// helper, or the child of one of them that has not yet executed a program.
type site struct {
	role string
	nr   int
}

// fault is a deed, and where: to the nth call of its kind, counted from 1 over all
// threads and processes of the role, or to all from there on.
type fault struct {
	site
	n     int
	ever  bool
	errno unix.Errno
	deed  deed
}

func (f fault) String() string {
	what := [...]string{f.errno.Error(), "is not made", "killed before", "killed after"}[f.deed]
	more := ""
	if f.ever {
		more = "+"
	}
	return fmt.Sprintf("%s %s %d%s: %s", f.role, callName(f.nr), f.n, more, what)
}

// tracer follows a process and all that it starts (ptrace(2)), counts the system
// calls of the roles that are watched, and does the fault, if there is one. A
// setuid program keeps its privilege under it, since it is root.
type tracer struct {
	watch  map[string]bool
	fault  *fault
	counts map[site]int
	done   int // deeds
	tasks  map[int]*task
	parked map[int]unix.WaitStatus // stops of threads that nobody has told of yet
	ended  chan struct{}
	err    error
	root   int             // the first process
	status unix.WaitStatus // of its end
}

// task is a thread.
type task struct {
	role string
	deed *fault // to be completed at the end of the system call
}

const traceOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
	unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

// gate is a shell that waits, for a line on descriptor 3, until it is traced.
var gate = []string{"sh", "-c", `read go <&3; exec 3<&-; exec "$@"`, "sh"}

// trace starts the command, which the tracer waits for: [os/exec.Cmd.Wait] would
// take its stops.
func trace(t *testing.T, cmd *exec.Cmd, f *fault, roles ...string) *tracer {
	t.Helper()
	r, w := pipe(t)
	defer w.Close() //nolint:errcheck // the line was written or the test has failed
	cmd.Args = append(append(slices.Clone(gate), cmd.Path), cmd.Args[1:]...)
	cmd.Path, cmd.ExtraFiles = "/bin/sh", []*os.File{r}
	before := kit.Processes(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killAllBut(t, before) })
	_ = r.Close()
	tr := attach(t, cmd.Process.Pid, f, roles...)
	if _, err := w.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	return tr
}

// killAllBut kills, in this world, the processes that are not in spare.
func killAllBut(t *testing.T, spare map[int]bool) {
	t.Helper()
	testenv.RequireRoot(t) // and thereby a world
	for pid := range kit.Processes(t) {
		if !spare[pid] {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// attach begins to trace the process, which must have one thread.
func attach(t *testing.T, pid int, f *fault, roles ...string) *tracer {
	t.Helper()
	tr := &tracer{root: pid,
		watch: map[string]bool{}, fault: f, counts: map[site]int{}, tasks: map[int]*task{},
		parked: map[int]unix.WaitStatus{}, ended: make(chan struct{}),
	}
	for _, role := range roles {
		tr.watch[role] = true
	}
	attached := make(chan error)
	go func() {
		runtime.LockOSThread() // the tracer is a thread, and ends with it
		defer close(tr.ended)
		err := errors.Join(unix.PtraceSeize(pid), unix.PtraceInterrupt(pid))
		tr.tasks[pid] = &task{}
		attached <- err
		if err == nil {
			tr.err = tr.run()
		}
	}()
	if err := <-attached; err != nil {
		t.Fatal("trace:", err)
	}
	return tr
}

// wait waits until nothing is left to be traced.
func (tr *tracer) wait(t *testing.T) {
	t.Helper()
	kit.Eventually(t, func() error {
		select {
		case <-tr.ended:
			return nil
		default:
			return errors.New("some traced process does not end")
		}
	})
	if tr.err != nil {
		t.Fatal("tracer:", tr.err)
	}
}

// run serves stops until no tracee is left. Errors of ptrace(2) are not looked at:
// each tracee may be killed at any time.
func (tr *tracer) run() error {
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil:
			return err
		case status.Exited() || status.Signaled():
			delete(tr.tasks, tid)
			delete(tr.parked, tid)
			if tid == tr.root {
				tr.status = status
			}
		case tr.tasks[tid] == nil:
			tr.parked[tid] = status // its parent's stop says whose it is
		default:
			tr.stopped(tid, status)
		}
	}
}

// stopped serves one stop.
func (tr *tracer) stopped(tid int, status unix.WaitStatus) {
	k := tr.tasks[tid]
	sig, event := status.StopSignal(), int(status)>>16
	switch {
	case sig == unix.SIGTRAP|0x80:
		tr.systemCall(tid, k)
		sig = 0
	case event == unix.PTRACE_EVENT_STOP && sig != unix.SIGTRAP: // a group stop
		_, _, _ = unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_LISTEN, uintptr(tid), 0, 0, 0, 0)
		return
	case event == unix.PTRACE_EVENT_STOP:
		_ = unix.PtraceSetOptions(tid, traceOptions)
		sig = 0
	case event == unix.PTRACE_EVENT_EXEC:
		k.role, sig = roleOf(tid), 0
	case event != 0:
		tr.begun(tid, k)
		sig = 0
	}
	tr.resume(tid, k, int(sig))
}

// begun takes over a thread or child that the tracee has made.
func (tr *tracer) begun(tid int, k *task) {
	message, err := unix.PtraceGetEventMsg(tid)
	if err != nil {
		return
	}
	child := int(message)
	role := k.role
	if threadGroup(child) == child {
		role += "'s child"
	}
	tr.tasks[child] = &task{role: role}
	if status, ok := tr.parked[child]; ok {
		delete(tr.parked, child)
		tr.stopped(child, status)
	}
}

// resume lets the tracee go on, to its next system call if that is of interest.
func (tr *tracer) resume(tid int, k *task, sig int) {
	if tr.watch[k.role] {
		_ = unix.PtraceSyscall(tid, sig)
	} else {
		_ = unix.PtraceCont(tid, sig)
	}
}

// callInfo is struct ptrace_syscall_info, as far as it is used.
type callInfo struct {
	op uint8
	_  [23]byte
	nr uint64
	_  [56]byte
}

// systemCall serves the stop at the begin or the end of a system call.
func (tr *tracer) systemCall(tid int, k *task) {
	var info callInfo
	if _, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid),
		unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0); errno != 0 {
		return
	}
	const entry, exit = 1, 2
	switch {
	case info.op == entry:
		at := site{k.role, int(info.nr)}
		tr.counts[at]++
		if tr.fault == nil || tr.fault.site != at || tr.counts[at] < tr.fault.n || tr.counts[at] > tr.fault.n && !tr.fault.ever {
			return
		}
		tr.done++
		tr.begin(tid, k)
	case info.op == exit && k.deed != nil:
		if k.deed.deed == killAfter {
			_ = unix.Kill(threadGroup(tid), unix.SIGKILL)
		} else {
			setResult(tid, k.deed.errno)
		}
		k.deed = nil
	}
}

// begin does the deed, as far as it is to be done before the call.
func (tr *tracer) begin(tid int, k *task) {
	switch k.deed = tr.fault; tr.fault.deed {
	case fail, lie:
		skipCall(tid)
	case killFirst:
		_ = unix.Kill(threadGroup(tid), unix.SIGKILL)
	case killAfter:
	}
}

// roleOf names a process by the program that it executes.
func roleOf(pid int) string {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return "gone"
	}
	return filepath.Base(exe)
}

// threadGroup is the id of the process that the thread belongs to, its own if it
// is gone.
func threadGroup(tid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return tid
	}
	_, rest, _ := bytes.Cut(status, []byte("\nTgid:\t"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	tgid, err := strconv.Atoi(string(line))
	if err != nil {
		return tid
	}
	return tgid
}
