package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// manyPrograms samples, beside 1, 10, ... and up to e.count programs that wait under
// gobind, what their supervisors take together, in bytes, and what a bind of one
// more program costs.
func manyPrograms(s *setup, e effort) (all rows, err error) {
	c, err := newCrowd()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	for n := 1; n <= e.count; n *= 10 {
		if err := c.grow(s, n); err != nil {
			return nil, err
		}
		size, err := pssOfAll(supervisorComm)
		if err != nil {
			return nil, err
		}
		binds, err := gobind.measureBeside(s, doBind, privilegedPort, 200)
		if err != nil {
			return nil, err
		}
		all = all.add(programs(n), size)
		s.besides = s.besides.add(programs(n), binds...)
	}
	return all, nil
}

// programs is the name of the row of n programs.
func programs(n int) string {
	if n == 1 {
		return "1 program"
	}
	return fmt.Sprintf("%d programs", n)
}

// crowd are programs under gobind that wait for the end of one input, which they
// share. Each said a line when its supervisor had seen a bind of it.
type crowd struct {
	members               []*exec.Cmd
	theirInput, theirSaid *os.File
	input, said           *os.File
	lines                 *bufio.Reader
}

// newCrowd is a crowd of nobody.
func newCrowd() (c *crowd, err error) {
	c = &crowd{}
	if c.theirInput, c.input, err = os.Pipe(); err != nil {
		return nil, err
	}
	if c.said, c.theirSaid, err = os.Pipe(); err != nil {
		return nil, errors.Join(err, c.theirInput.Close(), c.input.Close())
	}
	c.lines = bufio.NewReader(c.said)
	return c, nil
}

// grow starts programs, one after the other, until there are n.
func (c *crowd) grow(s *setup, n int) error {
	for len(c.members) < n {
		cmd := gobind.probe(s, doHold, unprivilegedPort, 0)
		cmd.Stdin, cmd.Stdout = c.theirInput, c.theirSaid
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start a program: %w", err)
		}
		c.members = append(c.members, cmd)
		if err := c.said.SetReadDeadline(time.Now().Add(longPatience)); err != nil {
			return err
		}
		if _, err := c.lines.ReadString('\n'); err != nil {
			return fmt.Errorf("wait for program %d: %w", len(c.members), err)
		}
	}
	return nil
}

// end ends the programs, and waits until nothing of gobind's is left.
func (c *crowd) end() error {
	err := errors.Join(c.input.Close(), c.theirInput.Close(), c.theirSaid.Close())
	for _, cmd := range c.members {
		err = errors.Join(err, cmd.Wait())
	}
	return errors.Join(err, c.said.Close(), settle())
}
