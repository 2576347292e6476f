package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// service is a server that runs, in a process group of its own.
type service struct {
	cmd  *exec.Cmd
	said *bytes.Buffer // by it, to be read when it has ended
	done chan struct{} // closed then
}

// startService starts the server and returns when ready is nil. If that does not
// come to pass, the server is stopped, and what it said is in the error.
func startService(cmd *exec.Cmd, ready func() error) (*service, error) {
	s := &service{cmd: cmd, said: new(bytes.Buffer), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.said, s.said
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	go func() {
		_ = cmd.Wait() // it is killed in the end
		close(s.done)
	}()
	if err := s.await(ready); err != nil {
		err = errors.Join(fmt.Errorf("wait for %s: %w", cmd.Args, err), s.stop())
		return nil, fmt.Errorf("%w\n%s", err, s.said)
	}
	return s, nil
}

// await waits until ready is nil, as long as the server runs.
func (s *service) await(ready func() error) error {
	err := ready()
	for end := time.Now().Add(longPatience); err != nil && time.Now().Before(end); err = ready() {
		select {
		case <-s.done:
			return errors.Join(errors.New("it has ended"), err)
		case <-time.After(time.Millisecond):
		}
	}
	return err
}

// end asks the server to end, and stops what is left. jsvc starts the server in a
// process group of its own, which it ends by itself then.
func (s *service) end() error {
	_ = unix.Kill(s.cmd.Process.Pid, unix.SIGTERM) // it may have ended
	select {
	case <-s.done:
	case <-time.After(patience):
	}
	return s.stop()
}

// stop ends all processes of the server, and waits for them and for what gobind
// ran beside them.
func (s *service) stop() error {
	group := -s.cmd.Process.Pid
	_ = unix.Kill(group, unix.SIGKILL) // it may have ended
	<-s.done
	for end := time.Now().Add(patience); unix.Kill(group, 0) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("wait for the processes of a server to end: they do not")
		}
	}
	return settle()
}

// longPatience bounds how long a server may take until it answers.
const longPatience = time.Minute

// answers returns a function that asks for a page on the port of 127.0.0.1, and is
// nil when that is served.
func answers(port int, page string) func() error {
	return func() error {
		conn, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), patience)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // nothing is lost with it
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := io.WriteString(conn, "GET "+page+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
			return err
		}
		text, err := io.ReadAll(conn)
		good := strings.HasPrefix(string(text), "HTTP/1.1 200") && strings.Contains(string(text), "served")
		if err == nil && !good {
			err = fmt.Errorf("it answers %q", text)
		}
		return err
	}
}
