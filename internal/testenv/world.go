package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The stage of a re-executed test binary, and the directory of its world.
const (
	stageVar = "GOBIND_TESTENV_STAGE"
	dirVar   = "GOBIND_TESTENV_DIR"
)

// Main runs the tests of m in a world of their own and exits. It is the whole
// body of a TestMain.
func Main(m *testing.M) {
	switch stage := os.Getenv(stageVar); {
	case stage == "tests":
		os.Exit(m.Run())
	case stage == "init":
		os.Exit(worldInit())
	case os.Getuid() != 0:
		os.Exit(m.Run())
	default:
		os.Exit(enterWorld())
	}
}

// Dir is the world's own directory: a tmpfs, mode 0755, on which setuid bits
// work. It is gone when the tests end.
func Dir() string { return os.Getenv(dirVar) }

// enterWorld starts this binary again as pid 1 of a new world, and returns the
// exit status of the tests.
func enterWorld() int {
	runtime.LockOSThread() // Pdeathsig speaks of the thread that forked
	dir, err := os.MkdirTemp("", "gobind-world-")
	if err != nil {
		return complain(err)
	}
	defer os.Remove(dir) //nolint:errcheck // an empty mount point, unseen if it stays
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), stageVar+"=init", dirVar+"="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		Pdeathsig:  unix.SIGKILL,
	}
	return exitStatus(cmd.Run())
}

// worldInit is pid 1 of the world: it sets the world up, runs the tests as its
// child, and reaps whatever is orphaned.
func worldInit() int {
	if err := setUp(Dir()); err != nil {
		return complain(err)
	}
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT) // the tests get it too, and end by it
	if err := os.Setenv(stageVar, "tests"); err != nil {
		return complain(err)
	}
	tests, err := os.StartProcess("/proc/self/exe", os.Args, &os.ProcAttr{
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return complain(err)
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return complain(fmt.Errorf("wait for the tests: %w", err))
		}
		if pid == tests.Pid && status.Exited() {
			return status.ExitStatus()
		}
		if pid == tests.Pid {
			return complain(fmt.Errorf("the tests died of %v", status.Signal()))
		}
	}
}

// setUp mounts what the world needs, brings loopback up and adds the users.
func setUp(dir string) error {
	etc := filepath.Join(dir, "etc")
	steps := []func() error{
		func() error { return unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, "") },
		func() error { return unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NOEXEC, "") },
		func() error { return unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755") },
		func() error { return mountDev(dir) },
		func() error { return exec.Command("cp", "-a", "/etc", etc).Run() },
		func() error { return unix.Mount(etc, "/etc", "", unix.MS_BIND, "") },
		func() error { return unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755") },
		func() error { return os.RemoveAll("/etc/authbind") },
		func() error { return os.RemoveAll("/etc/gobind") },
		func() error { return exec.Command("ip", "link", "set", "lo", "up").Run() },
		func() error { return addUsers(dir) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("set up the test world, step %d: %w", i+1, err)
		}
	}
	return nil
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode()
	default:
		return complain(err)
	}
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "testenv:", err)
	return 1
}
