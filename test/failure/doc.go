// Package failure makes what gobind stands on fail: every system call of its
// programs in turn, by a tracer of its own; processes, by SIGKILL at any point;
// resources, by limits; and time, by callers that stall, dribble or come by the
// thousand. Whatever happens, a bind is a true success that policy permits or an
// error, nothing waits for ever, and nothing is left behind.
//
// The full counts take long: `make test-failures` sets GOBIND_FAILURES=full, and
// `make test` runs a part that is chosen to be telling.
package failure
