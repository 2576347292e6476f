package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// effort says how much a measure samples.
type effort struct {
	rounds int // in each of which all peers have their turn
	count  int // of samples in a turn, or what the measure takes it for
}

// sampler takes samples of one peer, in nanoseconds.
type sampler func(s *setup, p peer, count int) ([]float64, error)

// inTurn samples the peers round by round, each time in another order: what one does to
// caches and clocks befalls all others.
func inTurn(s *setup, e effort, peers []peer, sample sampler) (rows, error) {
	var all rows
	for _, p := range peers {
		all = all.add(p.name)
	}
	for range e.rounds {
		for _, i := range rand.Perm(len(peers)) {
			p := peers[i]
			got, err := sample(s, p, e.count)
			if err != nil {
				return nil, err
			}
			all = all.add(p.name, got...)
		}
	}
	return all, nil
}

// warmBind samples privileged binds of a program that has bound one before.
func warmBind(s *setup, p peer, count int) ([]float64, error) {
	if p.forks {
		count = max(1, count/20)
	}
	return p.measure(s, doBind, privilegedPort, count)
}

// bindAndClose samples privileged binds, each with the close of its socket.
func bindAndClose(s *setup, p peer, count int) ([]float64, error) {
	return p.measure(s, doPair, privilegedPort, count)
}

// firstBind samples the only bind of a program that did something else for a
// tenth of a second.
func firstBind(s *setup, p peer, _ int) ([]float64, error) {
	return p.measure(s, doFirst, privilegedPort, 100)
}

func unprivilegedBind(s *setup, p peer, count int) ([]float64, error) {
	return p.measure(s, doBind, unprivilegedPort, count)
}

// anyCall samples means of 1,000 getppid(2), the least of all system calls: so few
// that most are not interrupted by the scheduler.
func anyCall(s *setup, p peer, count int) ([]float64, error) {
	return p.measure(s, doGetppid, 1000, count)
}

// request samples requests to a server whose port anyone may bind.
func request(s *setup, p peer, count int) ([]float64, error) {
	return p.measure(s, doServe, unprivilegedPort, count)
}

// startUp samples how long it takes to run true(1).
func startUp(s *setup, p peer, count int) ([]float64, error) {
	var took []float64
	for range count {
		cmd := p.command(s, "/bin/true")
		start := time.Now()
		err := cmd.Run()
		took = append(took, float64(time.Since(start)))
		if err != nil {
			return nil, fmt.Errorf("run true under %s: %w", p.name, err)
		}
		if err := settle(); err != nil {
			return nil, err
		}
	}
	return took, nil
}
