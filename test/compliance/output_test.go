package compliance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// An output is what a program that has ended wrote and no step has asked for yet.
type output struct{ stdout, stderr string }

// run runs AUTHBIND args to its end and returns how it ended.
func (r *runner) run(args []string) (string, error) {
	r.checkSilence()
	cmd, err := r.start.command(append([]string{r.subject.authbind}, args...))
	if err != nil {
		return "", err
	}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, patience
	if err := cmd.Start(); err != nil {
		return "", err
	}
	r.setPID(cmd.Process.Pid)
	status := ending(cmd.Wait())
	r.ran = &output{stdout.String(), stderr.String()}
	return status, nil
}

// setPID sets $pid, and $inplace: the same where gobind can start the target in its
// own place, any number where Yama keeps it from that.
func (r *runner) setPID(pid int) {
	r.vars["pid"], r.vars["inplace"] = fmt.Sprint(pid), fmt.Sprint(pid)
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && strings.TrimSpace(string(scope)) != "0" && r.start.user.UID != 0 {
		r.vars["inplace"] = "/^[0-9]+$/"
	}
}

// ending describes the result of Wait: "exit 1", or "SIGTERM".
func ending(err error) string {
	var exit *exec.ExitError
	if err == nil {
		return "exit 0"
	}
	if !errors.As(err, &exit) {
		return err.Error()
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
		return unix.SignalName(status.Signal())
	}
	return fmt.Sprint("exit ", exit.ExitCode())
}

// takeStdout returns what the last program wrote, without a last newline, once.
func (r *runner) takeStdout() string {
	if r.ran == nil {
		return ""
	}
	text := r.ran.stdout
	r.ran.stdout = ""
	return strings.TrimSuffix(text, "\n")
}

// takeStderr does the same for stderr. If no program was run, it is the probe's,
// which has to end first so that it is complete.
func (r *runner) takeStderr() string {
	if r.ran == nil && r.dialogue != nil {
		if r.dialogue.status == "" {
			r.check(step{where: "when its stderr was wanted"}, "exit 0", r.dialogue.finish())
		}
		return r.dialogue.takeStderr()
	}
	if r.ran == nil {
		return ""
	}
	text := r.ran.stderr
	r.ran.stderr = ""
	return strings.TrimSuffix(text, "\n")
}

// checkSilence fails the case if something was written that no step asked for.
func (r *runner) checkSilence() {
	r.t.Helper()
	var left output
	if r.ran != nil {
		left = *r.ran
	}
	if r.dialogue != nil {
		left.stderr += r.dialogue.takeStderr()
	}
	if left != (output{}) {
		r.t.Errorf("unexpected on stdout: %q, on stderr: %q", left.stdout, left.stderr)
	}
}
