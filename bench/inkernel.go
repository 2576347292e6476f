package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/internal/kernel"
	"gobind/internal/testenv"
	"gobind/policy"
)

// backend is policy in the kernel, for the programs of a cgroup of its own.
type backend struct {
	place kernel.Place
	dir   *os.File // the cgroup
}

// policies are how many rules there are, and what they are about, by the peers that go
// by them. A quick run has no more than quickRules.
var policies = map[string]struct {
	rules   int
	whos    []policy.Who
	inexact bool // prefixes, and ranges of ports
}{
	inKernel10.name:     {10, others, false},
	inKernel1000.name:   {1000, others, false},
	inKernel100000.name: {100_000, others, false},
	inKernelMixed.name:  {100_000, everybody, false},
	inKernelRanges.name: {100_000, everybody, true},
}

const quickRules = 1000

// Whom rules are about, in turn. The ids from 100,000 on are of nobody else.
var (
	others    = []policy.Who{{Kind: policy.User, ID: 100_000}}
	everybody = append(others, policy.Who{Kind: policy.User, ID: testenv.Alice.UID}, policy.Who{Kind: policy.Group, ID: 200_000}, policy.Who{})
)

// enableAll makes the backends of all peers, and a cgroup without one. They are there at
// the same time, and have no part in each other's binds.
func (s *setup) enableAll(quick bool) error {
	if err := kernel.Probe(); err != nil {
		return fmt.Errorf("policy in the kernel: %w", err)
	}
	bpffs := filepath.Join(testenv.Dir(), "bpf")
	if err := errors.Join(os.Mkdir(bpffs, 0o700), unix.Mount("bpf", bpffs, "bpf", 0, "mode=0700")); err != nil {
		return fmt.Errorf("mount a bpf file system: %w", err)
	}
	bare, err := newCgroup()
	s.backends = map[string]backend{inCgroup.name: bare}
	for name, p := range policies {
		if err != nil {
			return err
		}
		if quick {
			p.rules = min(p.rules, quickRules)
		}
		pins := filepath.Join(bpffs, fmt.Sprint(len(s.backends)))
		if s.backends[name], err = enable(pins, ruleSet(p.rules, p.whos, p.inexact)); err != nil {
			return fmt.Errorf("policy in the kernel, of %d rules: %w", p.rules, err)
		}
	}
	return err
}

// newCgroup makes a cgroup without a backend.
func newCgroup() (b backend, err error) {
	root, err := kernel.RootCgroup()
	if err != nil {
		return b, err
	}
	if b.place.Cgroup, err = os.MkdirTemp(root, "gobind-bench-"); err != nil {
		return b, err
	}
	b.dir, err = os.Open(b.place.Cgroup)
	return b, err
}

// enable makes a backend.
func enable(pins string, rules []policy.Rule) (backend, error) {
	b, err := newCgroup()
	if err != nil {
		return b, err
	}
	b.place.Pins = pins
	scope, _, err := kernel.FindScope("/proc/self/ns/net")
	if err != nil {
		return b, err
	}
	compiled, err := kernel.Compile(kernel.Policy{Rules: []policy.RuleFile{{File: "rules", Rules: rules}}})
	if err != nil {
		return b, err
	}
	return b, kernel.Enable(b.place, scope, compiled)
}

// ruleSet are n rules about those and, last, the one that permits Alice her port.
func ruleSet(n int, whos []policy.Who, inexact bool) []policy.Rule {
	var list []policy.Rule
	for i := range n - 1 {
		who := whos[i%len(whos)]
		if who.ID >= 100_000 {
			who.ID += uint32(i)
		}
		where := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		port := uint16(1 + i%1023)
		ports := policy.PortRange{Min: port, Max: port}
		if inexact {
			where, ports.Max = netip.PrefixFrom(where.Addr(), 24+i%8).Masked(), min(1023, port+uint16(i%64))
		}
		list = append(list, newRule(who, where, ports))
	}
	who := policy.Who{Kind: policy.User, ID: testenv.Alice.UID}
	return append(list, newRule(who, netip.MustParsePrefix("127.0.0.0/8"), policy.PortRange{Min: privilegedPort, Max: privilegedPort}))
}

func newRule(who policy.Who, where netip.Prefix, ports policy.PortRange) policy.Rule {
	return policy.Rule{
		Verdict: policy.Permit, Who: who, Protocols: []policy.Protocol{policy.ProtocolTCP},
		Where: []policy.Where{{Prefix: where, Ports: []policy.PortRange{ports}}},
	}
}

// disableAll removes them.
func (s *setup) disableAll() error {
	var err error
	for _, b := range s.backends {
		if b.place.Pins != "" {
			err = errors.Join(err, kernel.Disable(b.place.Pins))
		}
		err = errors.Join(err, b.dir.Close(), os.Remove(b.place.Cgroup))
	}
	return err
}

// tables samples what the tables of each backend take of the kernel's memory, in bytes.
func tables(s *setup, _ effort) (rows, error) {
	var all rows
	for _, p := range []peer{inKernel10, inKernel1000, inKernel100000, inKernelMixed, inKernelRanges} {
		size, err := kernel.Memory(s.backends[p.name].place.Pins)
		if err != nil {
			return nil, err
		}
		all = all.add(p.name, float64(size))
	}
	return all, nil
}
