package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gobind/internal/testenv"
)

// growthMeasures are of what grows: rules, programs under gobind, threads that bind.
var growthMeasures = []measure{
	{
		title: "privileged bind under gobind, of many, by rules of others", unit: micros,
		full: effort{rounds: 8, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{rules10, rules1000, rules100000}, sample: bindByRules,
		bounds: []bound{{"100,000 rules / 10 rules", quotient(rules100000, rules10), unbounded, asTimes}},
	},
	threadsMeasure(1, 20), threadsMeasure(20, 5), threadsMeasure(200, 3),
	{
		title: "memory of the supervisors of many programs, PSS", unit: megabytes,
		full: effort{count: 1000}, quick: effort{count: 10}, own: manyPrograms, rows: []string{programs(1), programs(10)},
		second: &measure{title: "privileged bind of one more program beside these", unit: micros},
	},
}

// rulesOf are peers under gobind, by that many rules.
var (
	rules10     = peer{name: "10 rules", user: testenv.Alice, wrap: underGobind, rules: 10}
	rules1000   = peer{name: "1,000 rules", user: testenv.Alice, wrap: underGobind, rules: 1000}
	rules100000 = peer{name: "100,000 rules", user: testenv.Alice, wrap: underGobind, rules: 100_000}
)

// bindByRules samples binds where a file of rules stands before authbind's way.
func bindByRules(s *setup, p peer, count int) (_ []float64, err error) {
	file := "/etc/gobind/rules.d/bench.rules"
	var text strings.Builder
	for i := range p.rules - 1 {
		fmt.Fprintf(&text, "permit %d tcp 10.%d.%d.%d:%d\n", 100_000+i, byte(i>>16), byte(i>>8), byte(i), 1+i%1023)
	}
	fmt.Fprintf(&text, "permit %s tcp 127.0.0.0/8:%d\n", testenv.Alice.Name, privilegedPort)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text.String()), 0o644)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	return p.measure(s, doBind, privilegedPort, count)
}

// threadsMeasure is of the binds of so many threads at once.
func threadsMeasure(threads, rounds int) measure {
	sample := func(s *setup, p peer, count int) ([]float64, error) {
		if p.forks {
			count = max(1, count/10)
		}
		return p.measure(s, doThreads, threads, count)
	}
	title := fmt.Sprintf("privileged binds of %d threads at once: per second", threads)
	if threads == 1 {
		title = "privileged binds of 1 thread: per second"
	}
	return measure{
		title: title, unit: perSecond, full: effort{rounds: rounds, count: max(20, 400/threads)}, quick: effort{rounds: 1, count: 1},
		peers: []peer{root, authbind, gobind}, sample: sample,
		bounds: []bound{{"authbind / gobind", quotient(authbind, gobind), unbounded, asFraction}},
	}
}
