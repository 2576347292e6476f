package main

import (
	"os/exec"
	"strconv"

	"gobind/internal/testenv"
)

// peer is one way to start a program; its name is a row of a table.
type peer struct {
	name   string
	user   testenv.User
	wrap   func(*setup) []string // what stands before the program; nil: nothing
	capped bool                  // the program has a file capability
	forks  bool                  // starts a process for each privileged bind
	cgroup bool                  // in a cgroup of its own, where the kernel may go by policy
	heavy  bool                  // left out of a quick run
	deep   bool                  // the program executes another one, which binds
	rules  int                   // by which gobind goes; 0: by authbind's files

	// What stands before a server of the peer's on the privileged port; nil: the
	// server has that itself.
	front func(*setup) (stop func() error, err error)
}

// The peers. The ordinary user is Alice.
var (
	root     = peer{name: "root", user: testenv.Root}
	setcap   = peer{name: "setcap", user: testenv.Alice, capped: true}
	native   = peer{name: "native", user: testenv.Alice}
	authbind = peer{name: "authbind", user: testenv.Alice, wrap: underAuthbind, forks: true}
	gobind   = peer{name: "gobind", user: testenv.Alice, wrap: underGobind}
	parent   = peer{name: "gobind --launch=parent", user: testenv.Alice, wrap: underParent}
	allowAll = peer{name: "a filter that allows everything", user: testenv.Alice, wrap: underAllowAll}
	chain    = peer{name: "three processes in C, without policy", user: testenv.Root, wrap: underChain}
	goExec   = peer{name: "a Go program that execs", user: testenv.Alice, wrap: underGoExec}

	inCgroup       = peer{name: "native, in a cgroup of its own", user: testenv.Alice, cgroup: true}
	inKernel10     = peer{name: "in the kernel, 10 rules", user: testenv.Alice, cgroup: true}
	inKernel1000   = peer{name: "in the kernel, 1,000 rules", user: testenv.Alice, cgroup: true}
	inKernel100000 = peer{name: "in the kernel, 100,000 rules", user: testenv.Alice, cgroup: true}
	inKernelMixed  = peer{name: "the same, about her and all", user: testenv.Alice, cgroup: true}
	inKernelRanges = peer{name: "the same, prefixes and ranges", user: testenv.Alice, cgroup: true}
)

func underAuthbind(*setup) []string   { return []string{"authbind"} }
func underGobind(s *setup) []string   { return []string{s.prefix.Gobind()} }
func underParent(s *setup) []string   { return []string{s.prefix.Gobind(), "--launch=parent"} }
func underAllowAll(s *setup) []string { return []string{s.allow} }
func underChain(s *setup) []string {
	return []string{s.chain, strconv.FormatUint(uint64(testenv.Alice.UID), 10)}
}

func underGoExec(s *setup) []string { return []string{s.goExec} }

// program is the one of the two copies of a program that the peer runs.
func (p peer) program(path string) string {
	if p.capped {
		return path + cappedSuffix
	}
	return path
}

// command is the command that starts the program under the peer.
func (p peer) command(s *setup, program string, args ...string) *exec.Cmd {
	words := append([]string{program}, args...)
	if p.wrap != nil {
		if p.deep && p.name == authbind.name {
			words = append([]string{"--deep"}, words...)
		}
		words = append(p.wrap(s), words...)
	}
	cmd := p.user.Command(words[0], words[1:]...)
	if p.cgroup {
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(s.backends[p.name].dir.Fd())
	}
	return cmd
}
