package kit

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// TryBind is a Python program that prints what becomes of binds to the ports.
const TryBind = `import errno, socket, sys
for port in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if port.startswith("6:") else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("", int(port.removeprefix("6:"))))
        print(port, "bound")
    except OSError as e:
        print(port, errno.errorcode[e.errno])
`

// Binds runs TryBind under gobind, and returns its output.
func Binds(t *testing.T, cmd func(argv ...string) *exec.Cmd, ports ...string) *Process {
	t.Helper()
	return Run(t, cmd(append([]string{"python3", "-c", TryBind}, ports...)...))
}

// ask is a Python program that binds a new socket to port 80 of 127.0.0.1 for
// each line that it reads, closes it again, and prints what came of it.
const ask = `import errno, socket, sys
for line in sys.stdin:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("127.0.0.1", 80))
        print("bound", flush=True)
    except OSError as e:
        print(errno.errorcode[e.errno], flush=True)
    s.close()
`

// Asker is a running ask: a program of Alice's under gobind that binds port 80
// when it is told to.
type Asker struct {
	*Process
	Lines int // how many binds were asked for
	in    *os.File
}

// StartAsker starts one in a launch mode.
func StartAsker(t *testing.T, mode string) *Asker {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := Under(t, testenv.Alice, mode, "python3", "-c", ask)
	cmd.Stdin = r
	a := &Asker{Process: Start(t, cmd), in: w}
	t.Cleanup(func() { _ = w.Close() })
	_ = r.Close()
	return a
}

// Request asks for a bind and does not wait for what comes of it.
func (a *Asker) Request(t *testing.T) {
	t.Helper()
	if _, err := fmt.Fprintln(a.in); err != nil {
		t.Fatal(err)
	}
	a.Lines++
}

// Want asks for a bind and compares what comes of it.
func (a *Asker) Want(t *testing.T, want string) {
	t.Helper()
	a.Request(t)
	Eventually(t, func() error {
		lines := strings.Split(a.Out(), "\n")
		if len(lines) <= a.Lines {
			return fmt.Errorf("no answer; stderr %q", a.Err())
		}
		return nil
	})
	if got := strings.Split(a.Out(), "\n")[a.Lines-1]; got != want {
		t.Errorf("answer %d is %q, want %q; stderr %q", a.Lines, got, want, a.Err())
	}
}

// Target is the id of the Python program.
func (a *Asker) Target(t *testing.T) int {
	t.Helper()
	ids := Named(t, "python3")
	if len(ids) != 1 {
		t.Fatalf("programs: %v", ids)
	}
	return ids[0]
}
