package supervisor

import (
	"os"
	"testing"
)

// taker has a first thread that is nobody's for ever, and a second one that becomes 4711
// and executes another program: by that it takes the number of the first one (execve(2)).
const taker = `
import ctypes, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
def call(*args): # of this thread alone
    if libc.syscall(*args): raise OSError(ctypes.get_errno(), args)
def become(id):
    call(116, 0, None); call(119, id, id, id); call(117, id, id, id)
go = threading.Event()
def second():
    go.wait()
    become(4711)
    os.execv(sys.executable, [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.readline()"])
threading.Thread(target=second).start()
become(65534)
if libc.prctl(38, 1, 0, 0, 0): raise OSError # PR_SET_NO_NEW_PRIVS
print(flush=True)
sys.stdin.readline()
go.set()
threading.Event().wait()
`

// A thread that executes a program has the number of the first thread of its process
// from then on, and all that was opened of that: what was read of the first one says
// nothing of it.
func TestFixedThreadIsReplaced(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root's threads can have ids of others")
	}
	pid, wait, next := startSteps(t, taker)
	self, err := own()
	if err != nil {
		t.Fatal(err)
	}
	kept := newThread(self)
	defer kept.close()
	expect := func(uid uint32) {
		t.Helper()
		for range 3 {
			if id, err := kept.identify(pid); err != nil || id.ruid != uid {
				t.Errorf("%+v, %v; want uid %d", id, err, uid)
			}
		}
	}
	wait()
	expect(65534)
	next()
	expect(4711)
}
