package interop

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// patience is how long a program may take, in each column, from its start to its
// last answer; a busy machine may want more.
var patience = func() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("GOBIND_INTEROP_PATIENCE")); err == nil {
		return d
	}
	if os.Getenv("GOBIND_INTEROP") == "" {
		return time.Minute // beside other tests
	}
	return 20 * time.Second
}()

var errTime = errors.New("out of time")

// prefix is what stands before the command line in a column.
func prefix(t *testing.T, column string) string {
	t.Helper()
	switch column {
	case authbind:
		return testenv.Require(t, "authbind") + " --deep"
	case inplace:
		return testenv.Install(t).Gobind() + " --launch=inplace --"
	case parent:
		return testenv.Install(t).Gobind() + " --launch=parent --"
	default:
		return ""
	}
}

// test runs the program in each column that the kernel allows, and tells in which
// it answered.
func (p *program) test(t *testing.T) map[string]bool {
	p.grant(t)
	p.prepare(t)
	served := map[string]bool{}
	for _, column := range columns {
		if only := os.Getenv("GOBIND_INTEROP_COLUMN"); only != "" && only != column {
			continue
		}
		if column == inplace && !slices.Contains(kit.LaunchModes(), "inplace") {
			continue
		}
		t.Run(column, func(t *testing.T) {
			p.enter(t)
			r := &running{p, p.start(t, column), time.Now().Add(patience)}
			err := r.serve(!p.fails[column])
			served[column] = err == nil
			switch {
			case err == nil && p.fails[column]:
				t.Error("it answers, and was thought not to")
			case err != nil && !p.fails[column]:
				t.Error(err)
			case errors.Is(err, errTime):
				t.Error("it does not say that it was refused:", err)
			case err != nil:
				r.wantNoPort(t)
				t.Log(err)
			default:
				kit.WantSilence(t, r.Process)
			}
			if t.Failed() && p.log != "" {
				t.Logf("its logs: %s", r.logs())
			}
		})
	}
	return served
}

// running is a program that was started.
type running struct {
	*program
	*kit.Process
	deadline time.Time
}

// serve goes through the steps. A program that is not thought to work is given up
// as soon as it says that it was refused, and any that ends in failure.
func (r *running) serve(hopeful bool) error {
	for _, s := range r.steps {
		for {
			answer, err := ask(s.command)
			if s.want == "" && err != nil {
				return fmt.Errorf("%s: %w: %s", s.command, err, answer)
			}
			if s.want == "" || strings.Contains(answer, s.want) {
				break
			}
			switch {
			case r.Ended() && !r.Cmd.ProcessState.Success():
				return fmt.Errorf("it ends: %v", r.Cmd.ProcessState)
			case !hopeful && r.refused.MatchString(r.logs()):
				return fmt.Errorf("it says %q", r.refused.FindString(r.logs()))
			case time.Now().After(r.deadline):
				return fmt.Errorf("%w: %s: %q has no %q", errTime, s.command, answer, s.want)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

// ask runs a command of the user's that takes no long time.
func ask(command string) (string, error) {
	cmd := shell(command)
	cmd.Args[0] = "sh"
	timer := time.AfterFunc(patience/4, func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// logs is what the program has said so far.
func (r *running) logs() string {
	said := r.Out() + r.Err()
	files, _ := filepath.Glob(filepath.Join(home, r.log))
	for _, file := range files {
		if r.log != "" {
			said += kit.Contents(file)
		}
	}
	return said
}

// wantNoPort checks that nobody has one of the program's ports in the network of
// this thread.
func (r *running) wantNoPort(t *testing.T) {
	t.Helper()
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile("/proc/thread-self/net/" + table)
		if err != nil {
			t.Error(err)
		}
		for _, port := range r.ports {
			n, err := strconv.Atoi(port)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				f := strings.Fields(line)
				listens := !strings.HasPrefix(table, "tcp") || f[3] == "0A"
				if listens && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", n)) {
					t.Errorf("somebody has port %s: %s", port, line)
				}
			}
		}
	}
}
