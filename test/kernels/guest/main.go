// Command guest is the init of a virtual machine that tests gobind, and the program
// that gobind runs there.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The user of the machine, and the port that policy gives to that user.
const (
	user  = 61001
	given = 80
)

func main() {
	if len(os.Args) > 1 {
		probe(os.Args[1:])
		return
	}
	err := setUp()
	switch job := os.Getenv("job"); { // the kernel gives its init what it does not know itself
	case err != nil:
		say("trouble", err.Error())
	case job == "apparmor":
		confined()
	default:
		inKernel()
		all()
	}
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// setUp makes a machine of a kernel and an initramfs.
func setUp() error {
	var err error
	for _, m := range [][2]string{{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}, {"tmpfs", "/tmp"}} {
		err = errors.Join(err, os.MkdirAll(m[1], 0o755), unix.Mount(m[0], m[1], m[0], 0, ""))
	}
	console, openErr := os.OpenFile("/dev/console", os.O_RDWR, 0)
	if openErr != nil {
		return openErr
	}
	for fd := range 3 {
		err = errors.Join(err, unix.Dup3(int(console.Fd()), fd, 0))
	}
	file := fmt.Sprintf("/etc/gobind/byport/%d", given)
	return errors.Join(err, os.Chmod("/tmp", 0o1777), loopbackUp(), os.WriteFile(file, nil, 0o500), os.Chown(file, user, user))
}

// loadModules loads what the machine was given, in the order of the names.
func loadModules() error {
	files, err := filepath.Glob("/modules/*.ko")
	for _, file := range files {
		f, openErr := os.Open(file)
		if openErr != nil {
			return openErr
		}
		if loadErr := unix.FinitModule(int(f.Fd()), "", 0); loadErr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", file, loadErr))
		}
		_ = f.Close()
	}
	return err
}

// loopbackUp brings up the only interface.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it was for one call
	ifreq, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifreq.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifreq)
}

// all runs every combination, the mode of Yama that cannot be left last.
func all() {
	var name unix.Utsname
	_ = unix.Uname(&name)
	say("kernel", unix.ByteSliceToString(name.Release[:]))
	if err := loadModules(); err != nil {
		say("trouble", err.Error())
	}
	say("other tables", strings.Join(kernelTables(), " "))
	say("doctor", command(0, "/usr/local/sbin/gobindctl", "doctor"))
	const yama = "/proc/sys/kernel/yama/ptrace_scope"
	for scope := range 4 {
		if err := os.WriteFile(yama, fmt.Appendln(nil, scope), 0o644); err != nil {
			say("trouble", err.Error())
		}
		for _, mode := range []string{"auto", "inplace", "parent"} {
			for _, target := range []string{"direct", "forked", "daemon"} {
				say(fmt.Sprintf("yama %d %s %s", scope, mode, target), run("/guest", mode, target))
				if scope > 1 {
					break // it does not even start
				}
			}
		}
		if scope > 1 {
			continue
		}
		say(fmt.Sprintf("yama %d auto sctp", scope), run("/guest", "auto", "sctp"))
		for _, target := range otherTables {
			say(fmt.Sprintf("yama %d auto %s", scope, target), run(map[string]string{"i386": "/guest386", "x32": "/guest"}[target], "auto", target))
		}
	}
	say("end", "")
}

// run runs the probe under gobind, as the user, and returns what came of it.
func run(program, mode, target string) string {
	const result = "/tmp/result"
	_ = os.Remove(result)
	cmd := exec.Command("/usr/local/bin/gobind", "--launch="+mode, "--", program, target, result)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	cmd.Env = []string{"PATH=/usr/local/bin"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", " | "))
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(result); err == nil && strings.HasSuffix(string(text), "\n") {
			return strings.TrimSpace(string(text) + string(out))
		}
	}
	return "no result: " + string(out)
}

// say writes one line for the test to read.
func say(what, came string) { fmt.Printf("RESULT\t%s\t%s\r\n", what, came) }
