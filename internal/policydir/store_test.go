package policydir

import (
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/policy"
)

// What kept the helper from opening a byuid file, and not the caller from looking
// its name up, is no change of it: else each new helper would ask for another.
func TestFaultIsNoChange(t *testing.T) {
	missing := t.TempDir() + "/61001"
	for name, fault := range map[string]policy.Fault{
		"an unsafe directory":               {Errno: policy.EACCES, Unsafe: true},
		"a directory that root may not use": {Errno: policy.EACCES},
	} {
		s := &Store{opened: Now(), uid: 61001, kept: map[string]file{}}
		if s.replaced(missing, file{fd: -1, fault: fault}) {
			t.Errorf("%s: replaced", name)
		}
		s.opened -= 2 * maxAge
		if !s.replaced(missing, file{fd: -1, fault: fault}) {
			t.Errorf("%s: believed for ever", name)
		}
	}
	s := &Store{opened: Now(), uid: 61001, kept: map[string]file{}}
	if !s.replaced(missing, file{fd: 3}) || !s.replaced(missing, file{fd: -1, fault: policy.Fault{Errno: policy.Errno(unix.ELOOP)}}) {
		t.Error("a file that is gone was not replaced")
	}
	if s.replaced(missing, file{fd: -1, fault: policy.Fault{Errno: policy.ENOENT}}) {
		t.Error("one that never was there was replaced")
	}
}

// The same, through a whole decision.
func TestUnsafeDirectoryWithoutFile(t *testing.T) {
	if os.Getuid() != 0 {
		testenv.Skip(t, "only root's directories are policy")
	}
	conf, authbind := ConfDir, AuthbindDir
	t.Cleanup(func() { ConfDir, AuthbindDir = conf, authbind })
	ConfDir, AuthbindDir = t.TempDir(), t.TempDir()
	if err := os.Mkdir(ConfDir+"/byuid", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(ConfDir+"/byuid", 0o777); err != nil {
		t.Fatal(err)
	}
	d, current := Open(61001).Decide(policy.Request{
		Subject: policy.Subject{UID: 61001, GID: 61001}, Addr: netip.MustParseAddr("127.0.0.1"), Port: 80,
	})
	if !current || d.Verdict != policy.Deny || d.Reason != policy.ReasonUnsafe {
		t.Errorf("%+v, current: %v", d, current)
	}
}
