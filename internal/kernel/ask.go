package kernel

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/cilium/ebpf"

	"gobind/policy"
)

// Ask reports whether the programs of a backend, by the tables that count now, waive the
// capability for a request below the first port that is anybody's, wherever they look.
// It reads the tables as they do. Whoever asks is root.
func Ask(pins string, r policy.Request) (waived bool, err error) {
	unlock, err := lock(pins)
	if err != nil {
		return false, err
	}
	defer unlock()
	m, err := openMaps(pins)
	if err != nil {
		return false, err
	}
	defer m.close() //nolint:errcheck // opened to look at
	q := question{words: map[addrKind]verdicts{}}
	if err := q.open(m); err != nil {
		return false, err
	}
	defer q.close()
	return q.judge(r)
}

// question is a request on its way through the tables.
type question struct {
	about   config
	tables  map[string]*ebpf.Map // by the names of the maps that have them
	port    uint16
	udp     bool
	words   map[addrKind]verdicts // the last so far
	keys    map[addrKind]netip.Addr
	unnamed bool // some id has no name
}

// addrKind says which of a request's two addresses it is.
type addrKind int

const (
	primary addrKind = iota
	secondary
)

// open opens the tables of the slot that counts.
func (q *question) open(m kernelMaps) error {
	active, err := m.active()
	if err == nil {
		err = m["configs"].Lookup(active.Slot, &q.about)
	}
	q.tables = map[string]*ebpf.Map{}
	for name := range inner() {
		var table *ebpf.Map
		if err == nil {
			err = m[name].Lookup(active.Slot, &table)
		}
		if err == nil {
			q.tables[name] = table
		}
	}
	if err != nil {
		q.close()
		return fmt.Errorf("open the tables: %w", err)
	}
	return nil
}

func (q *question) close() {
	for _, table := range q.tables {
		_ = table.Close() // opened to look at
	}
}

// judge does what program does.
func (q *question) judge(r policy.Request) (bool, error) {
	q.port, q.udp = r.Port, r.Protocol == policy.ProtocolUDP
	if r.Protocol == policy.ProtocolSCTP || r.Port == 0 || uint32(r.Port) >= q.about.Limit {
		return false, nil
	}
	q.keys = map[addrKind]netip.Addr{primary: r.Addr}
	switch {
	case r.Addr == netip.IPv6Unspecified():
		q.keys[secondary] = netip.IPv4Unspecified()
	case r.Addr.Is4In6():
		q.keys[secondary] = r.Addr.Unmap()
	}
	if known, err := q.consult(r.Subject); !known || err != nil {
		return false, err
	}
	return q.combine(r.Addr)&1 != 0, nil
}

// consult asks about all that the subject is; false: that is more than is looked at.
func (q *question) consult(s policy.Subject) (known bool, err error) {
	ids := func(k, unnamed kind, list ...uint32) {
		q.unnamed = false
		for _, id := range list {
			err = errors.Join(err, q.ask(k, id))
		}
		if q.unnamed {
			err = errors.Join(err, q.ask(unnamed, 0))
		}
	}
	err = q.ask(anyone, 0)
	ids(user, unnamedUser, s.UID)
	if q.about.Flags&forGroups == 0 {
		return true, err
	}
	ids(group, unnamedGroup, append([]uint32{s.GID}, s.Groups...)...)
	return len(s.Groups) <= MaxGroups, err
}

// ask raises the last words by those about one subject.
func (q *question) ask(k kind, id uint32) error {
	s := subject{k, id}
	var known, value portValue
	_, err := look(q.tables["ports"], newPortKey(s, 0), &known)
	if k == user || k == group {
		q.unnamed = q.unnamed || known.Flags&isNamed == 0
	}
	key := newPortKey(s, q.port)
	found, err1 := look(q.tables["ports"], key, &value)
	if !found && known.Flags&hasRanges != 0 {
		found, err1 = look(q.tables["ranges"], rangeKey{fixedPortBits + 16, key}, &value)
	}
	if err := errors.Join(err, err1); err != nil || !found {
		return err
	}
	for which, addr := range q.keys {
		single, err := q.askAddress(value, addr)
		if err != nil {
			return err
		}
		q.words[which] = q.words[which].last(value.Verdicts).last(single)
	}
	return nil
}

// askAddress is what the class of the value says about the address.
func (q *question) askAddress(value portValue, addr netip.Addr) (single verdicts, err error) {
	key := newPrefixKey(value.Class, netip.PrefixFrom(addr, addr.BitLen()))
	found := false
	if value.Flags&hasHosts != 0 {
		found, err = look(q.tables["hosts"], key.hostKey, &single)
	}
	if !found && err == nil && value.Flags&hasPrefixes != 0 {
		_, err = look(q.tables["prefixes"], key, &single)
	}
	return single, err
}

// look looks a key up, and reports whether it is there.
func look(table *ebpf.Map, key, value any) (bool, error) {
	err := table.Lookup(key, value)
	if errors.Is(err, ebpf.ErrKeyNotExist) {
		return false, nil
	}
	return err == nil, err
}

// combine is the last word of both addresses, of rules or else of trees.
func (q *question) combine(addr netip.Addr) uint32 {
	byRules, byTrees := q.of(primary)
	second, _ := q.of(secondary)
	denies := func(word uint32) bool { return word != 0 && word&1 == 0 }
	switch {
	case addr.Is4In6():
		byRules = second
	case addr != netip.IPv6Unspecified():
	case denies(byRules) || denies(second):
		return 0
	case second == 0:
		byRules = 0
	}
	if byRules != 0 {
		return byRules
	}
	return byTrees
}

// of are the last words on the protocol about one of the addresses.
func (q *question) of(which addrKind) (byRules, byTrees uint32) {
	v := q.words[which]
	if q.udp {
		return v.RulesUDP, v.TreesUDP
	}
	return v.RulesTCP, v.TreesTCP
}

// Memory is how many bytes of the kernel's memory the tables that count take, by its own
// account. Whoever asks is root.
func Memory(pins string) (total uint64, err error) {
	m, err := openMaps(pins)
	if err != nil {
		return 0, err
	}
	defer m.close() //nolint:errcheck // opened to look at
	var q question
	if err := q.open(m); err != nil {
		return 0, err
	}
	defer q.close()
	for _, table := range q.tables {
		about, err := table.Info()
		if err != nil {
			return 0, fmt.Errorf("look at a table: %w", err)
		}
		size, _ := about.Memlock()
		total += size
	}
	return total, nil
}
