package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// The rows of what is measured of gobind's own processes.
const (
	supervisorRow = "supervisor"
	helperRow     = "helper"
)

// covered is a program that has bound a privileged port under gobind and waits,
// and gobind's processes that serve it, as /proc directories.
type covered struct {
	supervisor, helper string
	stop               func() error
}

// startCovered starts one. Its supervisor and its helper are there then.
func startCovered(s *setup) (covered, error) {
	cmd := gobind.probe(s, doHold, privilegedPort, 0)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return covered{}, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return covered{}, err
	}
	if err := cmd.Start(); err != nil {
		return covered{}, fmt.Errorf("start a covered program: %w", err)
	}
	c := covered{stop: func() error { return errors.Join(stdin.Close(), cmd.Wait(), settle()) }}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		return c, errors.Join(fmt.Errorf("bind in a covered program: %w", err), c.stop())
	}
	supervisors, helpers := processes(supervisorComm), processes(helperComm)
	if len(supervisors) != 1 || len(helpers) != 1 {
		return c, errors.Join(fmt.Errorf("%d supervisors and %d helpers", len(supervisors), len(helpers)), c.stop())
	}
	c.supervisor, c.helper = supervisors[0], helpers[0]
	return c, nil
}

// memory samples the proportional set sizes, in bytes.
func memory(s *setup, e effort) (rows, error) {
	var all rows
	for range e.rounds {
		c, err := startCovered(s)
		if err != nil {
			return nil, err
		}
		supervisor, err1 := pss(c.supervisor)
		helper, err2 := pss(c.helper)
		if err := errors.Join(err1, err2, c.stop()); err != nil {
			return nil, err
		}
		all = all.add(supervisorRow, supervisor).add(helperRow, helper)
	}
	return all, nil
}

// pss reads the proportional set size of a process.
func pss(dir string) (float64, error) {
	text, err := os.ReadFile(dir + "/smaps_rollup")
	if err != nil {
		return 0, fmt.Errorf("read memory use: %w", err)
	}
	kib, err := field(text, "\nPss:")
	return kib * 1024, err
}

// wakeUps counts the context switches of a covered program's supervisor and
// helper while it does nothing, for e.count milliseconds.
func wakeUps(s *setup, e effort) (rows, error) {
	c, err := startCovered(s)
	if err != nil {
		return nil, err
	}
	calmDown(c)
	supervisor, helper := switches(c.supervisor), switches(c.helper)
	time.Sleep(time.Duration(e.count) * time.Millisecond)
	all := rows{}.add(supervisorRow, switches(c.supervisor)-supervisor).add(helperRow, switches(c.helper)-helper)
	return all, c.stop()
}

// calmDown waits until what serving a request set in motion has come to rest:
// no switch for a fifth of a second. After a few seconds it gives up: then they
// are not idle, and shall be found out.
func calmDown(c covered) {
	last := -1.0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		now := switches(c.supervisor) + switches(c.helper)
		if now == last {
			return
		}
		last = now
	}
}

// switches counts the context switches of all threads of a process so far. It
// is 0 for a process that has ended.
func switches(dir string) float64 {
	var sum float64
	files, _ := filepath.Glob(dir + "/task/*/status") // its pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		voluntary, _ := field(text, "\nvoluntary_ctxt_switches:")
		forced, _ := field(text, "\nnonvoluntary_ctxt_switches:")
		sum += voluntary + forced
	}
	return sum
}

// field returns the number that follows name in a file of /proc.
func field(text []byte, name string) (float64, error) {
	_, rest, _ := bytes.Cut(text, []byte(name))
	words := bytes.Fields(rest)
	if len(words) == 0 {
		return 0, fmt.Errorf("read a file of /proc: no %q in it", name)
	}
	return strconv.ParseFloat(string(words[0]), 64)
}
