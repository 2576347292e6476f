package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

var webPeers = []peer{native, root, setcap, authbind, gobind, allowAll, inKernel100000, redirected, proxied}

// webMeasures are of requests to the same server behind each peer.
var webMeasures = []measure{
	{
		title: "HTTP, connections kept: requests per second", unit: perSecond,
		full: effort{rounds: 41, count: 150}, quick: effort{rounds: 1, count: 50},
		peers: webPeers, sample: keptRequests, second: &measure{title: "HTTP, connections kept: p99 of a request", unit: micros},
		bounds: webBounds,
	},
	{
		title: "HTTP, a connection for each request: requests per second", unit: perSecond,
		full: effort{rounds: 41, count: 150}, quick: effort{rounds: 1, count: 50},
		peers: webPeers, sample: closedRequests, second: &measure{title: "HTTP, a connection for each request: p99 of a request", unit: micros},
		bounds: webBounds,
	},
	{
		title: "memory of the processes of a reverse proxy, PSS", unit: megabytes,
		full: effort{rounds: 3}, own: proxyMemory, rows: []string{"nginx, and its worker"}, heavy: true,
	},
}

var webBounds = []bound{
	{"native / gobind", quotient(native, gobind), 1 / 0.99, asTimes},
	{"native / in the kernel", quotient(native, inKernel100000), 1 / 0.99, asTimes},
	{"a filter that allows everything / gobind", quotient(allowAll, gobind), 1 / 0.99, asTimes},
}

// Where the peer's server listens, and where it is asked.
func (p peer) listens() int {
	if p.front != nil {
		return unprivilegedPort
	}
	return p.asked()
}

func (p peer) asked() int {
	if p.name == native.name || p.name == allowAll.name {
		return unprivilegedPort
	}
	return privilegedPort
}

func keptRequests(s *setup, p peer, count int) ([]float64, error) { return load(s, p, count) }

func closedRequests(s *setup, p peer, count int) ([]float64, error) {
	return load(s, p, count, "-H", "Connection: close")
}

// load samples the requests per second of the server under the peer, in which
// count milliseconds are spent, and beside them the 99th percentile of latency.
func load(s *setup, p peer, count int, options ...string) (_ []float64, err error) {
	server, err := startService(p.command(s, p.program(s.web), strconv.Itoa(p.listens())), answers(p.listens(), "/"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if p.front != nil {
		stop, frontErr := p.front(s)
		if frontErr != nil {
			return nil, frontErr
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	got, err := wrk(s, p.asked(), time.Duration(count)*time.Millisecond, options)
	if err != nil {
		return nil, fmt.Errorf("requests under %s: %w", p.name, err)
	}
	s.besides = s.besides.add(p.name, got.p99*micros.size)
	return []float64{got.requests / got.micros * 1e6}, nil
}

// told is what wrk tells at its end.
type told struct{ requests, micros, p99, errors float64 }

//go:embed testdata/wrk.lua
var wrkScript []byte

// wrk asks for pages on 16 connections by one thread, for that time.
func wrk(s *setup, port int, long time.Duration, options []string) (t told, err error) {
	script := filepath.Join(testenv.Dir(), "wrk.lua")
	if err := os.WriteFile(script, wrkScript, 0o644); err != nil {
		return t, err
	}
	words := append([]string{"-t1", "-c16", "-d1h", "--timeout=60s", "-s", script}, options...)
	cmd := testenv.Root.Command("wrk", append(words, fmt.Sprintf("http://127.0.0.1:%d/", port))...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return t, err
	}
	if err := catches(cmd.Process.Pid, unix.SIGINT); err != nil {
		return t, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	time.Sleep(long) // the load's own length
	if err := errors.Join(cmd.Process.Signal(unix.SIGINT), cmd.Wait()); err != nil {
		return t, fmt.Errorf("run wrk: %w\n%s", err, out.Bytes())
	}
	_, line, _ := strings.Cut(out.String(), "\ntold ")
	_, err = fmt.Sscan(line, &t.requests, &t.micros, &t.p99, &t.errors)
	if err == nil && (t.errors > 0 || t.requests == 0) {
		err = fmt.Errorf("%v requests, %v errors", t.requests, t.errors)
	}
	if err != nil {
		return t, fmt.Errorf("requests fail: %w\n%s", err, out.Bytes())
	}
	return t, nil
}

// catches waits until the process has a handler for the signal, by which it ends in
// order.
func catches(pid int, signal unix.Signal) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(string(text), "\nSigCgt:\t")
		mask, _, _ := strings.Cut(rest, "\n")
		if caught, err := strconv.ParseUint(mask, 16, 64); err == nil && caught>>(signal-1)&1 == 1 {
			return nil
		}
	}
	return errors.New("wait for a signal handler: there is none")
}
