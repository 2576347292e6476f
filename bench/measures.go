package main

import (
	"regexp"
	"slices"
)

// measure is one table: of samples of several peers, or of gobind's own
// processes.
type measure struct {
	title       string
	unit        unit
	full, quick effort
	bounds      []bound

	peers  []peer
	sample sampler

	own  func(*setup, effort) (rows, error) // of these rows
	rows []string

	prepare func(*setup) error // before the samples; nil: nothing
	second  *measure           // a table of what the samples told besides; nil: nothing
	heavy   bool               // left out of a quick run
}

// measures are all that is measured, with the bounds that gobind is to keep.
var measures = slices.Concat(basicMeasures, webMeasures, javaMeasures, resolverMeasures, growthMeasures)

// basicMeasures are of binds, of programs that start, and of gobind itself.
var basicMeasures = []measure{
	{
		title: "privileged bind, of many", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{root, setcap, authbind, gobind, chain}, sample: warmBind,
		bounds: []bound{
			{"gobind / authbind", quotient(gobind, authbind), 1. / 30, asFraction},
			{"three processes in C / authbind", quotient(chain, authbind), unbounded, asFraction},
			{"gobind / three processes in C", quotient(gobind, chain), 2, asTimes},
		},
	},
	{
		title: "privileged bind, the first of a program that ran for 100 ms", unit: micros,
		full: effort{rounds: 40}, quick: effort{rounds: 1},
		peers: []peer{root, setcap, authbind, gobind, chain}, sample: firstBind,
		bounds: []bound{
			{"gobind / authbind", quotient(gobind, authbind), 1. / 10, asFraction},
			{"three processes in C / authbind", quotient(chain, authbind), unbounded, asFraction},
			{"gobind / three processes in C", quotient(gobind, chain), 2, asTimes},
		},
	},
	{
		title: "privileged bind and close, where the kernel goes by policy", unit: micros,
		full: effort{rounds: 40, count: 1000}, quick: effort{rounds: 1, count: 20},
		peers: []peer{root, setcap, inKernel10, inKernel1000, inKernel100000, inKernelMixed, inKernelRanges}, sample: bindAndClose,
		bounds: []bound{
			{"10 rules - root", difference(inKernel10, root), 0.7 * micros.size, asMicros2},
			{"1,000 rules - root", difference(inKernel1000, root), 0.7 * micros.size, asMicros2},
			{"100,000 rules - root", difference(inKernel100000, root), 0.7 * micros.size, asMicros2},
			{"the same, about her and all - root", difference(inKernelMixed, root), 0.7 * micros.size, asMicros2},
			{"the same, prefixes and ranges - root", difference(inKernelRanges, root), unbounded, asMicros2},
		},
	},
	{
		title: "memory of the kernel's tables", unit: megabytes,
		full: effort{rounds: 1}, quick: effort{rounds: 1},
		own: tables, rows: []string{inKernel10.name, inKernel1000.name, inKernel100000.name, inKernelMixed.name, inKernelRanges.name},
	},
	{
		title: "bind of an unprivileged port", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{native, authbind, gobind}, sample: unprivilegedBind,
		bounds: []bound{
			{"gobind - native", difference(gobind, native), 20 * micros.size, asMicros},
			{"authbind - native", difference(authbind, native), unbounded, asMicros},
		},
	},
	{
		title: "start-up: true(1)", unit: millis,
		full: effort{rounds: 200, count: 1}, quick: effort{rounds: 2, count: 1},
		peers: []peer{native, authbind, gobind, parent, goExec, inCgroup, inKernel100000}, sample: startUp,
		bounds: []bound{
			{"(gobind - native) / (authbind - native)", overhead(gobind), 6, asTimes},
			{"the same of --launch=parent", overhead(parent), unbounded, asTimes},
			{"the same of a Go program that execs", overhead(goExec), unbounded, asTimes},
			{"in the kernel / in a cgroup of its own", quotient(inKernel100000, inCgroup), 1.05, asTimes},
		},
	},
	{
		title: "any other system call: getppid(2)", unit: nanos,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{native, allowAll, gobind}, sample: anyCall,
		bounds: []bound{
			{"gobind / native", quotient(gobind, native), 1.03, asTimes},
			{"gobind / a filter that allows everything", quotient(gobind, allowAll), 1.03, asTimes},
		},
	},
	{
		title: "request to a server", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{native, allowAll, gobind, inCgroup, inKernel100000}, sample: request,
		bounds: []bound{
			{"gobind / native", quotient(gobind, native), 1 / 0.99, asTimes},
			{"gobind / a filter that allows everything", quotient(gobind, allowAll), 1 / 0.99, asTimes},
			{"in the kernel / in a cgroup of its own", quotient(inKernel100000, inCgroup), 1 / 0.99, asTimes},
		},
	},
	{
		title: "memory of gobind's processes, PSS", unit: megabytes,
		full: effort{rounds: 5}, quick: effort{rounds: 1},
		own: memory, rows: []string{supervisorRow, helperRow},
		bounds: []bound{
			{"supervisor", median(supervisorRow), 4 * megabytes.size, asMegabytes},
			{"helper", median(helperRow), 3 * megabytes.size, asMegabytes},
		},
	},
	{
		title: "while idle, for 5 s: context switches of all threads", unit: times,
		full: effort{count: 5000}, quick: effort{count: 100},
		own: wakeUps, rows: []string{supervisorRow, helperRow},
		bounds: []bound{
			{"supervisor", median(supervisorRow), 0, asCount},
			{"helper", median(helperRow), 0, asCount},
		},
	},
}

// chosen returns the measures that are taken: whose title matches and, in a quick
// run, which are not heavy and without their heavy peers.
func chosen(only *regexp.Regexp, quick bool) []measure {
	var list []measure
	for _, m := range measures {
		if !only.MatchString(m.title) || quick && m.heavy {
			continue
		}
		if quick {
			m.peers = slices.DeleteFunc(slices.Clone(m.peers), func(p peer) bool { return p.heavy })
		}
		list = append(list, m)
	}
	return list
}

// run takes the measure. Its second table is there if it has one.
func (m measure) run(s *setup, quick bool) ([]table, error) {
	e := m.full
	if quick {
		e = m.quick
	}
	s.besides = nil
	all, err := m.samples(s, e)
	tables := []table{{m, all}}
	if m.second != nil {
		second := *m.second
		second.own = m.own
		tables = append(tables, table{second, s.besides})
	}
	return tables, err
}

func (m measure) samples(s *setup, e effort) (rows, error) {
	if m.prepare != nil {
		if err := m.prepare(s); err != nil {
			return nil, err
		}
	}
	if m.own != nil {
		return m.own(s, e)
	}
	return inTurn(s, e, m.peers, m.sample)
}
