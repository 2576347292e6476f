package compliance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// patience is how long an answer may take before the case fails.
const patience = 20 * time.Second

// A dialogue is with a probe that performs operations one by one.
type dialogue struct {
	cmd     *exec.Cmd
	ops     *os.File // the probe's stdin
	answers *os.File // its stdout
	reader  *bufio.Reader
	stderr  *os.File // read as far as steps have asked
	status  string   // how it ended, once it has
}

// operate has the probe perform an operation, and starts the probe for the first.
func (r *runner) operate(words []string) (string, error) {
	if r.dialogue == nil {
		if err := r.begin(); err != nil {
			return "", err
		}
	}
	return r.dialogue.do(words)
}

// begin starts the probe, or takes the one that is kept, and waits until it is
// there.
func (r *runner) begin() error {
	if d := r.kept.take(r.start); d != nil {
		r.dialogue = d
		return nil
	}
	r.kept.release(r.t)
	args := append([]string{r.subject.authbind}, r.start.wrap...)
	cmd, err := r.start.command(append(args, r.vars["probe"], "-"))
	if err != nil {
		return err
	}
	d, err := startDialogue(cmd, r.vars["tmp"])
	if err != nil {
		return err
	}
	r.dialogue = d
	r.setPID(cmd.Process.Pid)
	answer, err := d.answer()
	if err == nil && answer != "OK" {
		err = fmt.Errorf("start the probe: it says %q, and on stderr %q", answer, d.takeStderr())
	}
	return err
}

// startDialogue starts cmd with pipes for the operations and answers, and a file in
// tmp for its stderr: nothing waits for whoever still holds that.
func startDialogue(cmd *exec.Cmd, tmp string) (*dialogue, error) {
	d := &dialogue{cmd: cmd}
	stdin, ops, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	d.ops, d.answers, d.reader = ops, answers, bufio.NewReader(answers)
	stderr, err := os.Create(tmp + "/stderr")
	if err != nil {
		return nil, err
	}
	if d.stderr, err = os.Open(stderr.Name()); err != nil {
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	err = cmd.Start()
	return d, errors.Join(err, stdin.Close(), stdout.Close(), stderr.Close())
}

// takeStderr returns what came on stderr since it was last asked, without a last
// newline.
func (d *dialogue) takeStderr() string {
	text, err := io.ReadAll(d.stderr)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(string(text), "\n")
}

// do sends an operation and returns the answer.
func (d *dialogue) do(words []string) (string, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if strings.Contains(w, " ") {
			quoted[i] = `"` + w + `"`
		}
	}
	if _, err := fmt.Fprintln(d.ops, strings.Join(quoted, " ")); err != nil {
		return "", fmt.Errorf("write to the probe: %w", err)
	}
	return d.answer()
}

// answer is the probe's next line or, if it has ended, how.
func (d *dialogue) answer() (string, error) {
	if err := d.answers.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	line, err := d.reader.ReadString('\n')
	switch {
	case err == nil:
		return strings.TrimSuffix(line, "\n"), nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", errors.Join(errors.New("the probe hangs"), d.cmd.Process.Kill())
	default:
		return d.finish(), nil
	}
}

// finish ends the operations, waits until all who answer them have ended, and
// returns how the program did.
func (d *dialogue) finish() string {
	if d.status != "" {
		return "exit 0" // and what it really was has been an answer
	}
	_ = d.ops.Close()
	_ = d.answers.SetReadDeadline(time.Now().Add(patience))
	for {
		if _, err := d.reader.ReadString('\n'); err != nil {
			break
		}
	}
	_ = d.answers.Close()
	d.status = ending(d.cmd.Wait())
	return d.status
}
