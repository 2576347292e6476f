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

// sizes are how many rules there are, by the peers that go by them. A quick run has
// no more than quickRules.
var sizes = map[string]int{inKernel10.name: 10, inKernel1000.name: 1000, inKernel100000.name: 100_000, inKernelMixed.name: 100_000}

const quickRules = 1000

// enableAll makes the backends of all peers. They are there at the same time, and have
// no part in each other's binds.
func (s *setup) enableAll(quick bool) error {
	if err := kernel.Probe(); err != nil {
		return fmt.Errorf("policy in the kernel: %w", err)
	}
	bpffs := filepath.Join(testenv.Dir(), "bpf")
	if err := errors.Join(os.Mkdir(bpffs, 0o700), unix.Mount("bpf", bpffs, "bpf", 0, "mode=0700")); err != nil {
		return fmt.Errorf("mount a bpf file system: %w", err)
	}
	s.backends = map[string]backend{}
	for name, n := range sizes {
		if quick {
			n = min(n, quickRules)
		}
		b, err := enable(filepath.Join(bpffs, fmt.Sprint(len(s.backends))), ruleSet(n, name == inKernelMixed.name))
		if err != nil {
			return fmt.Errorf("policy in the kernel, of %d rules: %w", n, err)
		}
		s.backends[name] = b
	}
	return nil
}

// enable makes one.
func enable(pins string, rules []policy.Rule) (b backend, err error) {
	root, err := kernel.RootCgroup()
	if err != nil {
		return b, err
	}
	b.place = kernel.Place{Pins: pins}
	if b.place.Cgroup, err = os.MkdirTemp(root, "gobind-bench-"); err != nil {
		return b, err
	}
	if b.dir, err = os.Open(b.place.Cgroup); err != nil {
		return b, err
	}
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

// ruleSet are rules about other users and, if mixed, about other groups, Alice and
// everybody, so that a bind has to look everywhere; and last the one that permits it.
func ruleSet(n int, mixed bool) []policy.Rule {
	whos := []policy.Who{{Kind: policy.User, ID: 100_000}}
	if mixed {
		whos = append(whos, policy.Who{Kind: policy.User, ID: testenv.Alice.UID}, policy.Who{Kind: policy.Group, ID: 200_000}, policy.Who{})
	}
	var list []policy.Rule
	for i := range n - 1 {
		who := whos[i%len(whos)]
		if who.ID >= 100_000 {
			who.ID += uint32(i)
		}
		where := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		list = append(list, newRule(who, where, uint16(1+i%1023)))
	}
	who := policy.Who{Kind: policy.User, ID: testenv.Alice.UID}
	return append(list, newRule(who, netip.MustParsePrefix("127.0.0.0/8"), privilegedPort))
}

func newRule(who policy.Who, where netip.Prefix, port uint16) policy.Rule {
	return policy.Rule{
		Verdict: policy.Permit, Who: who, Protocols: []policy.Protocol{policy.ProtocolTCP},
		Where: []policy.Where{{Prefix: where, Ports: []policy.PortRange{{Min: port, Max: port}}}},
	}
}

// disableAll removes them.
func (s *setup) disableAll() error {
	var err error
	for _, b := range s.backends {
		err = errors.Join(err, kernel.Disable(b.place.Pins), b.dir.Close(), os.Remove(b.place.Cgroup))
	}
	return err
}

// tables samples what the tables of each backend take of the kernel's memory, in bytes.
func tables(s *setup, _ effort) (rows, error) {
	var all rows
	for _, p := range []peer{inKernel10, inKernel1000, inKernel100000, inKernelMixed} {
		size, err := kernel.Memory(s.backends[p.name].place.Pins)
		if err != nil {
			return nil, err
		}
		all = all.add(p.name, float64(size))
	}
	return all, nil
}
