package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What the probe can do: see its source.
const (
	doBind    = "bind"
	doPair    = "pair"
	doFirst   = "first"
	doGetppid = "getppid"
	doServe   = "serve"
	doThreads = "threads"
	doHold    = "hold"
)

// probe is the command that starts the probe under the peer.
func (p peer) probe(s *setup, what string, a, b int) *exec.Cmd {
	return p.command(s, p.program(s.probe), what, strconv.Itoa(a), strconv.Itoa(b))
}

// measure runs the probe under the peer and returns its numbers. Nothing of gobind's
// is left then.
func (p peer) measure(s *setup, what string, a, b int) ([]float64, error) {
	got, err := p.measureBeside(s, what, a, b)
	if err != nil {
		return nil, err
	}
	return got, settle()
}

// measureBeside is measure beside other programs under gobind.
func (p peer) measureBeside(s *setup, what string, a, b int) ([]float64, error) {
	cmd := p.probe(s, what, a, b)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err == nil && said.Len() > 0 {
		err = errors.New("it complained")
	}
	if err != nil {
		return nil, fmt.Errorf("run probe %s under %s: %w\n%s", what, p.name, err, said.Bytes())
	}
	return numbers(out)
}

func numbers(out []byte) ([]float64, error) {
	var all []float64
	for field := range strings.FieldsSeq(string(out)) {
		x, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return nil, fmt.Errorf("read what the probe printed: %w", err)
		}
		all = append(all, x)
	}
	return all, nil
}

// patience bounds how long something may take that should take no time.
const patience = 10 * time.Second

// settle waits until gobind has left nothing behind, so that the next peer does
// not share the machine with it. What would not end is an error, and is killed so
// that other measures can be taken.
func settle() error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if len(leftovers()) == 0 {
			return nil
		}
	}
	left := leftovers()
	for _, dir := range left {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	return fmt.Errorf("wait for gobind's processes to end: %d did not", len(left))
}

// leftovers returns the /proc directories of gobind's processes.
func leftovers() []string { return append(processes(supervisorComm), processes(helperComm)...) }

// Names of gobind's processes, as comm(5) has them.
const (
	supervisorComm = "gobind-supervis"
	helperComm     = "gobind-helper"
)

// processes returns the /proc directories of the processes of that name.
func processes(comm string) []string {
	var dirs []string
	files, _ := filepath.Glob("/proc/[1-9]*/comm") // its pattern is well formed
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && string(text) == comm+"\n" {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	return dirs
}
