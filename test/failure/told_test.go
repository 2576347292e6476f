package failure

import (
	"regexp"

	"golang.org/x/sys/unix"

	"gobind/test/kit"
)

// toldKilled is the line of a program that has not ended by itself.
var toldKilled = regexp.MustCompile(`(?m)^gobind: (the supervisor ends: )?the program (was killed|has ended with a status that is not known): `)

// killed reports whether gobind says that it has killed the program, by a line and its
// status.
func (p *play) killed() bool {
	status := p.status.Exited() && p.status.ExitStatus() == 125 || p.status.Signal() == unix.SIGKILL
	return status && toldKilled.MatchString(kit.Contents(p.stderr))
}

// crashed is what the Go runtime says when it gives up.
var crashed = regexp.MustCompile(`(?m)^(fatal error|runtime|futexwakeup|SIG[A-Z]+)\b`)

// withoutGobind reports whether it is gobind itself, as the one that stands in for the
// program, that was made to die of what no code of it can answer: of a system call of
// the Go runtime's. Then its end is the program's.
func (p *play) withoutGobind() bool {
	return p.tracer != nil && p.fault != nil && p.fault.role == "gobind" &&
		p.status.Exited() && p.status.ExitStatus() == 2 && crashed.MatchString(kit.Contents(p.stderr))
}
