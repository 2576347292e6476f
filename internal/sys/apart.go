package sys

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Apart runs two functions as somebody else, on a thread of their own that ends with
// them: first with the real ids and groups of who, no capability, and the effective
// user id of this process; then with nothing but the ids of who. No other thread
// changes. It takes root.
//
// The functions must stay on their goroutine: what they start is not apart.
func Apart(who Credential, first, then func()) error {
	return onThread(func() error { return apart(who, first, then) })
}

// onThread calls a function on a thread of its own that ends with it.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread ends
		done <- f()
	}()
	return <-done
}

func apart(who Credential, first, then func()) error {
	uid, gid, effective := uintptr(who.UID), uintptr(who.GID), uintptr(unix.Geteuid())
	if err := groupsOfThread(who.Groups); err != nil {
		return err
	}
	if err := ofThread("setresgid", unix.SYS_SETRESGID, gid, gid, gid); err != nil {
		return err
	}
	if err := ofThread("setresuid", unix.SYS_SETRESUID, uid, effective, effective); err != nil {
		return err
	}
	var none [2]unix.CapUserData
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	first()
	if err := ofThread("setresuid", unix.SYS_SETRESUID, uid, uid, uid); err != nil {
		return err
	}
	then()
	return nil
}

// ActAs runs a function with the effective ids and the groups of who, on a thread of
// its own that ends with it: what the kernel tells others of who acted (SO_PEERCRED) is
// that. The real and saved ids stay, so that who may not signal this process. It
// takes root. The function must stay on its goroutine.
func ActAs(who Credential, f func()) error {
	return onThread(func() error {
		err := effective(who)
		if err == nil {
			f()
		}
		return err
	})
}

func effective(who Credential) error {
	const keep = ^uintptr(0)
	if err := groupsOfThread(who.Groups); err != nil {
		return err
	}
	if err := ofThread("setresgid", unix.SYS_SETRESGID, keep, uintptr(who.GID), keep); err != nil {
		return err
	}
	return ofThread("setresuid", unix.SYS_SETRESUID, keep, uintptr(who.UID), keep)
}

// groupsOfThread gives this thread alone supplementary groups.
func groupsOfThread(groups []uint32) error {
	groups = append([]uint32{0}, groups...)[1:] // an address even if there are none
	defer runtime.KeepAlive(groups)
	return ofThread("setgroups", unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0)
}

// ofThread makes a system call of this thread alone: those of package syscall change
// all threads.
func ofThread(name string, number, a, b, c uintptr) error {
	if _, _, errno := syscall.RawSyscall(number, a, b, c); errno != 0 {
		return fmt.Errorf("%s: %w", name, errno)
	}
	return nil
}
