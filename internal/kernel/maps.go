package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// slots is how many versions of the tables there is room for: the one that counts,
// and the next one while it is made.
const slots = 2

// ringSize is how many bytes of what happened wait for who watches.
const ringSize = 1 << 20

// kernelMaps are the maps of a backend, by the names of their pins.
type kernelMaps map[string]*ebpf.Map

func size(v any) uint32 { return uint32(binary.Size(v)) }

// inner is the form of the tables, by the names of the maps that have them.
func inner() map[string]*ebpf.MapSpec {
	return map[string]*ebpf.MapSpec{
		"ports": {Name: "gb_ports", Type: ebpf.Hash, KeySize: size(portKey{}), ValueSize: size(portValue{}), MaxEntries: 1},
		"ranges": {Name: "gb_ranges", Type: ebpf.LPMTrie, KeySize: size(rangeKey{}), ValueSize: size(portValue{}),
			MaxEntries: 1, Flags: unix.BPF_F_NO_PREALLOC},
		"hosts": {Name: "gb_hosts", Type: ebpf.Hash, KeySize: size(hostKey{}), ValueSize: size(verdicts{}), MaxEntries: 1},
		"prefixes": {Name: "gb_prefixes", Type: ebpf.LPMTrie, KeySize: size(prefixKey{}), ValueSize: size(verdicts{}),
			MaxEntries: 1, Flags: unix.BPF_F_NO_PREALLOC},
	}
}

// outer is the form of the maps that stay.
func outer() map[string]*ebpf.MapSpec {
	specs := map[string]*ebpf.MapSpec{
		"state":   {Name: "gb_state", Type: ebpf.Array, KeySize: 4, ValueSize: size(state{}), MaxEntries: 1},
		"configs": {Name: "gb_configs", Type: ebpf.Array, KeySize: 4, ValueSize: size(config{}), MaxEntries: slots},
	}
	specs["ring"] = &ebpf.MapSpec{Name: "gb_ring", Type: ebpf.RingBuf, MaxEntries: ringSize}
	specs["lost"] = &ebpf.MapSpec{Name: "gb_lost", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1}
	for name, spec := range inner() {
		specs[name] = &ebpf.MapSpec{Name: spec.Name + "_of", Type: ebpf.ArrayOfMaps, KeySize: 4, ValueSize: 4,
			MaxEntries: slots, InnerMap: spec}
	}
	return specs
}

// newMaps makes the maps of a backend, empty.
func newMaps() (kernelMaps, error) {
	m := kernelMaps{}
	for name, spec := range outer() {
		made, err := ebpf.NewMap(spec)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make the map %s: %w", name, err), m.close())
		}
		m[name] = made
	}
	return m, nil
}

// close closes the descriptors; what is pinned stays.
func (m kernelMaps) close() error {
	var err error
	for _, one := range m {
		err = errors.Join(err, one.Close())
	}
	return err
}

// active is the slot that counts.
func (m kernelMaps) active() (state, error) {
	var s state
	err := m["state"].Lookup(uint32(0), &s)
	return s, err
}

// install makes tables of the policy, and lets them count instead of those before,
// at one moment for all programs.
func (m kernelMaps) install(c *Compiled, about config) error {
	before, err := m.active()
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	next := state{Slot: (before.Slot + 1) % slots, Watched: before.Watched}
	table, err := m.fill(next.Slot, c)
	if err != nil {
		return err
	}
	defer table.Close() //nolint:errcheck // the slot has it
	if err := m["configs"].Put(next.Slot, about); err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	if err := m["state"].Put(uint32(0), next); err != nil {
		return fmt.Errorf("change the slot: %w", err)
	}
	// The kernel returns from a change of a map of maps when no program is left that
	// began before it. So this one, which changes nothing, waits for those that still
	// look at the old slot.
	if err := m["ports"].Put(next.Slot, table); err != nil {
		return fmt.Errorf("wait for the programs: %w", err)
	}
	return m.empty(before.Slot)
}

// fill makes the tables of a slot that does not count, and returns that of ports,
// which the caller owns.
func (m kernelMaps) fill(slot uint32, c *Compiled) (*ebpf.Map, error) {
	ranges, err1 := fillTable(m, slot, "ranges", c.tables.ranges)
	hosts, err2 := fillTable(m, slot, "hosts", c.tables.hosts)
	prefixes, err3 := fillTable(m, slot, "prefixes", c.tables.prefixes)
	err := errors.Join(err1, err2, err3)
	for _, table := range []*ebpf.Map{ranges, hosts, prefixes} {
		err = errors.Join(err, table.Close()) // nil can be closed
	}
	if err != nil {
		return nil, err
	}
	return fillTable(m, slot, "ports", c.tables.ports)
}

// fillTable makes one table, and puts it into its slot. The caller owns what is
// returned.
func fillTable[K, V any](m kernelMaps, slot uint32, name string, list []entry[K, V]) (*ebpf.Map, error) {
	spec := inner()[name]
	spec.MaxEntries = max(1, uint32(len(list)))
	table, err := ebpf.NewMap(spec)
	if err != nil {
		return nil, fmt.Errorf("make the table of %s: %w", name, err)
	}
	for _, e := range list {
		if err := table.Put(e.key, e.value); err != nil {
			return nil, errors.Join(fmt.Errorf("fill the table of %s: %w", name, err), table.Close())
		}
	}
	if err := m[name].Put(slot, table); err != nil {
		return nil, errors.Join(fmt.Errorf("put the table of %s into its slot: %w", name, err), table.Close())
	}
	return table, nil
}

// empty frees the tables of a slot that no program looks at.
func (m kernelMaps) empty(slot uint32) error {
	for name := range inner() {
		if err := m[name].Delete(slot); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return fmt.Errorf("empty the old slot of %s: %w", name, err)
		}
	}
	return nil
}
