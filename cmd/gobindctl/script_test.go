package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// The scripts are run in the test world with gobind installed. Their commands:
//
//	run USER STATUS PROGRAM [ARGUMENT ...]   as the user, with that exit status
//	start USER PROGRAM [ARGUMENT ...]        in the background, until the script ends
//	eventually USER STATUS PROGRAM ...       run again and again until the status is that
//	clean                                    no policy
//	cgroup                                   a cgroup $CGROUP and an empty /sys/fs/bpf, until the script ends
//	within USER STATUS PROGRAM ...           run in that cgroup
func TestScripts(t *testing.T) {
	prefix := testenv.Install(t)
	testscript.RunT(oneByOne{t}, testscript.Params{
		Dir:           "testdata/script",
		WorkdirRoot:   testenv.Dir(),
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PREFIX", string(prefix))
			e.Setenv("CTL", prefix.Gobindctl())
			e.Setenv("GOBIND", prefix.Gobind())
			e.Setenv("HELPER", prefix.Helper())
			return os.Chmod(e.WorkDir, 0o755)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"run": cmdRun, "start": cmdStart, "eventually": cmdEventually, "clean": cmdClean,
			"cgroup": cmdCgroup, "within": cmdWithin,
		},
	})
}

// oneByOne runs scripts one after another: they share the world's /etc.
type oneByOne struct{ *testing.T }

func (t oneByOne) Parallel()     {}
func (t oneByOne) Verbose() bool { return testing.Verbose() }
func (t oneByOne) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(oneByOne{t}) })
}

var users = map[string]testenv.User{
	"root": testenv.Root, "alice": testenv.Alice, "bob": testenv.Bob, "carol": testenv.Carol,
}

func commandOf(ts *testscript.TestScript, args []string) *exec.Cmd {
	u, ok := users[args[0]]
	if !ok {
		ts.Fatalf("no user %q", args[0])
	}
	cmd := u.Command(args[1], args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(cmd.Env, "TZ=UTC")
	return cmd
}

// try runs USER STATUS PROGRAM, and reports whether the status is that.
func try(ts *testscript.TestScript, args []string) (got int, out, complaint string) {
	var stdout, stderr strings.Builder
	cmd := commandOf(ts, append([]string{args[0]}, args[2:]...))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

func cmdRun(ts *testscript.TestScript, _ bool, args []string) {
	got, out, complaint := try(ts, args)
	_, _ = ts.Stdout().Write([]byte(out))
	_, _ = ts.Stderr().Write([]byte(complaint))
	if want, err := strconv.Atoi(args[1]); err != nil || got != want {
		ts.Fatalf("%v: exit status %d, want %s\n%s%s", args[2:], got, args[1], out, complaint)
	}
}

func cmdEventually(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(20 * time.Second)
	for {
		got, _, _ := try(ts, args)
		if strconv.Itoa(got) == args[1] {
			break
		}
		if time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	cmdRun(ts, neg, args)
}

func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	cmd := commandOf(ts, args)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Setenv("PID", strconv.Itoa(cmd.Process.Pid))
	ts.Defer(func() {
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		_ = cmd.Wait()
	})
}

func cmdClean(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(os.RemoveAll("/etc/gobind"))
	ts.Check(os.RemoveAll("/etc/authbind"))
	for _, dir := range []string{"byport", "byaddr", "byuid", "rules.d"} {
		ts.Check(os.MkdirAll(filepath.Join("/etc/gobind", dir), 0o755))
	}
}
