package listen

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// TestMain keeps to itself what it was started with: programs are to have nothing but
// what the tests give them.
func TestMain(m *testing.M) {
	if err := unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		panic(err)
	}
	testenv.Main(m)
}

// The scripts are run in the test world with gobind installed. Their commands:
//
//	run USER STATUS PROGRAM [ARGUMENT ...]   as the user, with that exit status
//	policy FILE                              is all the rules there are
func TestScripts(t *testing.T) {
	prefix := testenv.Install(t)
	testscript.RunT(oneByOne{t}, testscript.Params{
		Dir:         "testdata/script",
		WorkdirRoot: testenv.Dir(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOBIND", prefix.Gobind())
			e.Setenv("HELPER", prefix.Helper())
			e.Setenv("SHOW", show(t))
			return os.Chmod(e.WorkDir, 0o755)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"run": cmdRun, "policy": cmdPolicy},
	})
}

// oneByOne runs scripts one after another: they share the world's /etc and its ports.
type oneByOne struct{ *testing.T }

func (t oneByOne) Parallel()     {}
func (t oneByOne) Verbose() bool { return testing.Verbose() }
func (t oneByOne) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(oneByOne{t}) })
}

var users = map[string]testenv.User{"root": testenv.Root, "alice": testenv.Alice, "bob": testenv.Bob}

func cmdRun(ts *testscript.TestScript, _ bool, args []string) {
	u, ok := users[args[0]]
	if !ok {
		ts.Fatalf("no user %q", args[0])
	}
	cmd := u.Command(args[2], args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if got := cmd.ProcessState.ExitCode(); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%v: exit status %d, want %s", args[2:], got, args[1])
	}
}

func cmdPolicy(ts *testscript.TestScript, _ bool, args []string) {
	file := "/etc/gobind/rules.d/10.rules"
	text := strings.TrimSpace(ts.ReadFile(args[0])) + "\n"
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, []byte(text), 0o644))
	ts.Defer(func() { _ = os.Remove(file) })
}

// show is a Python program that says what it was started with: the variables, and each
// descriptor from 3 on.
func show(t *testing.T) string {
	t.Helper()
	testenv.Require(t, "python3")
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(testenv.Dir(), "show.py")
	text, err := os.ReadFile(filepath.Join(dir, "testdata/show.py"))
	if err == nil {
		err = os.WriteFile(file, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}
