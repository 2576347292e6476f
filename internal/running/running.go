package running

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"

	"gobind/internal/inet"
)

// Supervisor is a supervisor that runs.
type Supervisor struct {
	inet.Process
	Sure     bool           // it executes the installed supervisor; else it only says so
	Mode     string         // launch mode: inplace or parent
	Authbind bool           // under authbind's name
	Covered  []inet.Process // what is known to be under it, by pid
	Complete bool           // nothing else can be
}

// comm is the supervisor's name as comm(5) has it.
const comm = "gobind-supervis"

// targetFD is the descriptor on which an inplace supervisor has its pidfd.
const targetFD = "4"

// Supervisors finds the supervisors that this user may see. path is that of the
// installed one.
func Supervisors(path string) []Supervisor {
	processes := all()
	children := map[int][]inet.Process{}
	for _, p := range processes {
		children[p.Parent] = append(children[p.Parent], p)
	}
	var found []Supervisor
	for _, p := range processes {
		program := strings.TrimSuffix(p.Program, " (deleted)") // upgraded meanwhile
		sure := program == path
		if !sure && (p.Name != comm || program != "") {
			continue
		}
		s := Supervisor{Process: p, Sure: sure, Mode: "inplace"}
		s.readArgs()
		s.Covered, s.Complete = s.covered(processes, children)
		found = append(found, s)
	}
	return found
}

// all are the processes of this pid namespace, by pid.
func all() []inet.Process {
	var found []inet.Process
	for _, pid := range inet.PIDs() {
		if p, ok := inet.ReadProcess(pid); ok {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b inet.Process) int { return cmp.Compare(a.PID, b.PID) })
	return found
}

// maxArgs is how much of a command line counts, in bytes: a process can make its own
// as long as it likes (PR_SET_MM_MAP).
const maxArgs = 4096

// readArgs reads what gobind said on the command line.
func (s *Supervisor) readArgs() {
	file, err := os.Open("/proc/" + strconv.Itoa(s.PID) + "/cmdline")
	if err != nil {
		return
	}
	defer file.Close() //nolint:errcheck // it was only read
	line := make([]byte, maxArgs)
	n, _ := file.Read(line)
	for _, arg := range strings.Split(string(line[:n]), "\x00")[1:] {
		if arg == "--" {
			break
		}
		if strings.HasPrefix(arg, "-control=") {
			s.Mode = "parent"
		}
		s.Authbind = s.Authbind || arg == "-authbind"
	}
}

// covered are the descendants of the target that have a filter.
func (s *Supervisor) covered(processes []inet.Process, children map[int][]inet.Process) (found []inet.Process, complete bool) {
	var roots []inet.Process
	if s.Mode == "parent" {
		for _, child := range children[s.PID] {
			if child.Name != "gobind-helper" {
				roots = append(roots, child)
			}
		}
	} else if target := s.target(); target > 0 {
		i := slices.IndexFunc(processes, func(p inet.Process) bool { return p.PID == target })
		if i >= 0 {
			roots = append(roots, processes[i])
		}
	}
	for len(roots) > 0 {
		p := roots[0]
		roots = append(roots[1:], children[p.PID]...)
		if p.Filter {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b inet.Process) int { return cmp.Compare(a.PID, b.PID) })
	return found, s.Mode == "parent"
}

// target is the pid of the process that gobind became, 0 if it has ended or only
// root may know.
func (s *Supervisor) target() int {
	info, err := os.ReadFile("/proc/" + strconv.Itoa(s.PID) + "/fdinfo/" + targetFD)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(info)) {
		if key, value, _ := strings.Cut(line, ":"); key == "Pid" {
			pid, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				return 0
			}
			return max(pid, 0)
		}
	}
	return 0
}
