package inet

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Process is what may be known of a process. Its texts are its own words.
type Process struct {
	PID     int
	Parent  int
	UID     uint32 // real
	Name    string // comm(5)
	Program string // path of what it executes, "" if only root may know
	Filter  bool   // it has a seccomp filter
}

// PIDs are the processes that /proc shows.
func PIDs() []int {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var pids []int
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// ReadProcess looks at a process; not ok: it is gone.
func ReadProcess(pid int) (p Process, ok bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return p, false
	}
	p = Process{PID: pid}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Name":
			p.Name = value
		case "PPid":
			p.Parent, _ = strconv.Atoi(value)
		case "Uid":
			first, _, _ := strings.Cut(value, "\t")
			uid, err := strconv.ParseUint(first, 10, 32)
			if err != nil {
				return p, false
			}
			p.UID = uint32(uid)
		case "Seccomp":
			p.Filter = value == "2"
		}
	}
	p.Program, _ = os.Readlink(dir + "/exe")
	return p, true
}
