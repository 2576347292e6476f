package main

// measure is one table.
type measure struct {
	title       string
	unit        unit
	apart       bool // the rows are not compared with the first
	full, quick effort
	take        func(*setup, effort) (rows, error)
	bounds      []bound
}

// measures are all that is measured, with the bounds that gobind is to keep.
var measures = []measure{
	{
		title: "privileged bind, of many", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		take: inTurn(warmBind, root, setcap, authbind, gobind),
		bounds: []bound{
			{"gobind / authbind", quotient(gobind, authbind), 1. / 30, asFraction},
		},
	},
	{
		title: "privileged bind, the first of a program that ran for 100 ms", unit: micros,
		full: effort{rounds: 40}, quick: effort{rounds: 1},
		take: inTurn(firstBind, root, setcap, authbind, gobind),
		bounds: []bound{
			{"gobind / authbind", quotient(gobind, authbind), 1. / 10, asFraction},
		},
	},
	{
		title: "bind of an unprivileged port", unit: micros,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		take: inTurn(unprivilegedBind, native, authbind, gobind),
		bounds: []bound{
			{"gobind - native", difference(gobind, native), 20 * micros.size, asMicros},
			{"authbind - native", difference(authbind, native), unbounded, asMicros},
		},
	},
	{
		title: "start-up: true(1)", unit: millis,
		full: effort{rounds: 200, count: 1}, quick: effort{rounds: 2, count: 1},
		take: inTurn(startUp, native, authbind, gobind, parent, goExec),
		bounds: []bound{
			{"(gobind - native) / (authbind - native)", overhead(gobind), 6, asTimes},
			{"the same of --launch=parent", overhead(parent), unbounded, asTimes},
			{"the same of a Go program that execs", overhead(goExec), unbounded, asTimes},
		},
	},
	{
		title: "any other system call: getppid(2)", unit: nanos,
		full: effort{rounds: 20, count: 200}, quick: effort{rounds: 1, count: 20},
		take: inTurn(anyCall, native, gobind),
		bounds: []bound{
			{"gobind / native", quotient(gobind, native), 1.03, asTimes},
		},
	},
	{
		title: "memory of gobind's processes, PSS", unit: megabytes, apart: true,
		full: effort{rounds: 5}, quick: effort{rounds: 1},
		take: memory,
		bounds: []bound{
			{"supervisor", median(supervisorRow), 4 * megabytes.size, asMegabytes},
			{"helper", median(helperRow), 3 * megabytes.size, asMegabytes},
		},
	},
	{
		title: "while idle, for 5 s: context switches of all threads", unit: times, apart: true,
		full: effort{count: 5000}, quick: effort{count: 100},
		take: wakeUps,
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
	rows, err := m.take(s, e)
	return table{m, rows}, err
}
