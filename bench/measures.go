package main

// measure is one table: of samples of several peers, or of gobind's own
// processes.
type measure struct {
	title       string
	unit        unit
	full, quick effort
	bounds      []bound

	peers  []peer
	sample sampler

	own func(*setup, effort) (rows, error) // of supervisorRow and helperRow
}

// measures are all that is measured, with the bounds that gobind is to keep.
var measures = []measure{
	{
		title: "privileged bind, of many", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{root, setcap, authbind, gobind}, sample: warmBind,
		bounds: []bound{
			{"gobind / authbind", quotient(gobind, authbind), 1. / 30, asFraction},
		},
	},
	{
		title: "privileged bind, the first of a program that ran for 100 ms", unit: micros,
		full: effort{rounds: 40}, quick: effort{rounds: 1},
		peers: []peer{root, setcap, authbind, gobind}, sample: firstBind,
		bounds: []bound{
			{"gobind / authbind", quotient(gobind, authbind), 1. / 10, asFraction},
		},
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
		peers: []peer{native, authbind, gobind, parent, goExec}, sample: startUp,
		bounds: []bound{
			{"(gobind - native) / (authbind - native)", overhead(gobind), 6, asTimes},
			{"the same of --launch=parent", overhead(parent), unbounded, asTimes},
			{"the same of a Go program that execs", overhead(goExec), unbounded, asTimes},
		},
	},
	{
		title: "any other system call: getppid(2)", unit: nanos,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{native, gobind}, sample: anyCall,
		bounds: []bound{
			{"gobind / native", quotient(gobind, native), 1.03, asTimes},
		},
	},
	{
		title: "request to a server", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		peers: []peer{native, gobind}, sample: request,
		bounds: []bound{
			{"gobind / native", quotient(gobind, native), 1 / 0.99, asTimes},
		},
	},
	{
		title: "memory of gobind's processes, PSS", unit: megabytes,
		full: effort{rounds: 5}, quick: effort{rounds: 1},
		own: memory,
		bounds: []bound{
			{"supervisor", median(supervisorRow), 4 * megabytes.size, asMegabytes},
			{"helper", median(helperRow), 3 * megabytes.size, asMegabytes},
		},
	},
	{
		title: "while idle, for 5 s: context switches of all threads", unit: times,
		full: effort{count: 5000}, quick: effort{count: 100},
		own: wakeUps,
		bounds: []bound{
			{"supervisor", median(supervisorRow), 0, asCount},
			{"helper", median(helperRow), 0, asCount},
		},
	},
}

// run takes the measure.
func (m measure) run(s *setup, quick bool) (table, error) {
	e := m.full
	if quick {
		e = m.quick
	}
	var all rows
	var err error
	if m.own != nil {
		all, err = m.own(s, e)
	} else {
		all, err = inTurn(s, e, m.peers, m.sample)
	}
	return table{m, all}, err
}
