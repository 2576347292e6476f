package kernel

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"math/bits"
	"net/netip"
	"slices"
)

// maxEntries bounds each table. Policy of a hundred thousand rules is well below
// it; rules about many ranges that overlap in many ways, for one and the same
// subject, may not be.
const maxEntries = 4 << 20

// ErrTooLarge is the error for policy that needs more room than the tables may take.
var ErrTooLarge = errors.New("policy needs more than 4194304 entries in a table")

// tables are clauses in the form in which the programs look them up.
type tables struct {
	flags    uint32
	known    map[subject]uint32 // of subjects, until it is added to ports
	ports    []entry[portKey, portValue]
	ranges   []entry[rangeKey, portValue]
	hosts    []entry[hostKey, verdicts]
	prefixes []entry[prefixKey, verdicts]
	classes  uint32
	classOf  map[string]portValue // by the clauses; for one subject at a time
}

type entry[K, V any] struct {
	key   K
	value V
}

// subject is whom clauses are about.
type subject struct {
	kind kind
	id   uint32
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
}

// tabulate makes tables of clauses, in any order, and of the ids that have a name.
func tabulate(clauses []clause, uids, gids []uint32) (*tables, error) {
	t := &tables{known: map[subject]uint32{}}
	bySubject := map[subject][]clause{}
	for _, c := range clauses {
		s := subject{c.kind, c.id}
		bySubject[s] = append(bySubject[s], c)
		t.flags |= flagOf(c.kind)
	}
	for _, s := range slices.SortedFunc(maps.Keys(bySubject), compareSubjects) {
		if err := t.addSubject(s, bySubject[s]); err != nil {
			return nil, err
		}
	}
	if t.flags&forUnnamedUser != 0 {
		t.addNames(user, uids)
	}
	if t.flags&forUnnamedGroup != 0 {
		t.addNames(group, gids)
	}
	t.addKnown()
	return t, nil
}

func flagOf(k kind) uint32 {
	switch k {
	case anyone:
		return forAnyone
	case group:
		return forGroups
	case unnamedGroup:
		return forGroups | forUnnamedGroup
	case unnamedUser:
		return forUnnamedUser
	default:
		return 0
	}
}

// addNames says which ids have a name, where that makes a difference.
func (t *tables) addNames(k kind, ids []uint32) {
	for _, id := range ids {
		t.known[subject{k, id}] |= isNamed
	}
}

// addKnown adds what is known of subjects to the table of ports.
func (t *tables) addKnown() {
	for _, s := range slices.SortedFunc(maps.Keys(t.known), compareSubjects) {
		t.ports = append(t.ports, entry[portKey, portValue]{newPortKey(s, 0), portValue{Flags: t.known[s]}})
		t.flags |= forKnown
	}
	if t.flags&(forUnnamedUser|forUnnamedGroup) != 0 {
		t.flags |= forKnown // whoever is not known has no name
	}
}

// addSubject cuts the ports into ranges within which the same clauses count, and
// adds each range.
func (t *tables) addSubject(s subject, clauses []clause) error {
	t.classOf = map[string]portValue{}
	starts := make([]int, 0, 2*len(clauses))
	for _, c := range clauses {
		starts = append(starts, int(c.min), int(c.max)+1)
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	within := make([][]int, len(starts)) // the clauses that count, by range
	n := 0
	for i, c := range clauses {
		first, _ := slices.BinarySearch(starts, int(c.min))
		for j := first; starts[j] <= int(c.max); j++ {
			within[j] = append(within[j], i)
			if n++; n > maxEntries {
				return ErrTooLarge
			}
		}
	}
	for j, list := range within {
		if len(list) == 0 {
			continue
		}
		t.addPorts(s, starts[j], starts[j+1]-1, t.classify(clauses, list))
	}
	if max(len(t.ports), len(t.ranges), len(t.hosts), len(t.prefixes)) > maxEntries {
		return ErrTooLarge
	}
	return nil
}

// addPorts says that the value is that of the ports from low to high.
func (t *tables) addPorts(s subject, low, high int, value portValue) {
	if low == high {
		t.ports = append(t.ports, entry[portKey, portValue]{newPortKey(s, uint16(low)), value})
		return
	}
	t.known[s] |= hasRanges
	for _, p := range portPrefixes(low, high) {
		key := rangeKey{fixedPortBits + p.bits, newPortKey(s, p.port)}
		t.ranges = append(t.ranges, entry[rangeKey, portValue]{key, value})
	}
}

// classify is the value of ports for which the listed clauses count, and adds
// those that are about single addresses to the tables of these, once.
func (t *tables) classify(clauses []clause, list []int) portValue {
	var value portValue
	var single []clause
	var signature []byte
	for _, i := range list {
		if c := clauses[i]; c.where == (netip.Prefix{}) {
			value.Verdicts = value.Verdicts.last(c.verdicts())
		} else {
			single = append(single, c)
		}
		signature = binary.AppendUvarint(signature, uint64(i))
	}
	if len(single) == 0 {
		return value
	}
	about, known := t.classOf[string(signature)]
	if !known {
		t.classes++
		about = portValue{Class: t.classes, Flags: t.addClass(t.classes, value.Verdicts, single)}
		t.classOf[string(signature)] = about
	}
	value.Class, value.Flags = about.Class, about.Flags
	return value
}

// addClass adds the addresses of a class, and returns the flags that say where. Each
// prefix has the last word of all that cover it, so that the longest that matches an
// address has the last word of all.
func (t *tables) addClass(class uint32, everywhere verdicts, single []clause) (flags uint32) {
	for _, p := range lastWords(everywhere, single) {
		key := newPrefixKey(class, p.prefix)
		if p.prefix.IsSingleIP() {
			flags |= hasHosts
			t.hosts = append(t.hosts, entry[hostKey, verdicts]{key.hostKey, p.verdicts})
		} else {
			flags |= hasPrefixes
			t.prefixes = append(t.prefixes, entry[prefixKey, verdicts]{key, p.verdicts})
		}
	}
	return flags
}

// prefixWords is a prefix with the last word of all prefixes that cover it.
type prefixWords struct {
	prefix   netip.Prefix
	verdicts verdicts
}

// lastWords are the prefixes of the clauses, each once.
func lastWords(everywhere verdicts, single []clause) []prefixWords {
	slices.SortStableFunc(single, func(a, b clause) int {
		return cmp.Or(
			cmp.Compare(a.where.Addr().BitLen(), b.where.Addr().BitLen()),
			a.where.Addr().Compare(b.where.Addr()),
			cmp.Compare(a.where.Bits(), b.where.Bits()))
	})
	var list []prefixWords
	var open []int // those in the list that may cover the next one
	for _, c := range single {
		for len(open) > 0 && !covers(list[open[len(open)-1]].prefix, c.where) {
			open = open[:len(open)-1]
		}
		value := everywhere
		if len(open) > 0 {
			value = list[open[len(open)-1]].verdicts
		}
		value = value.last(c.verdicts())
		if len(open) > 0 && list[open[len(open)-1]].prefix == c.where {
			list[open[len(open)-1]].verdicts = value
			continue
		}
		open = append(open, len(list))
		list = append(list, prefixWords{c.where, value})
	}
	return list
}

// covers reports whether every address of q is one of p.
func covers(p, q netip.Prefix) bool {
	return p.Addr().BitLen() == q.Addr().BitLen() && p.Bits() <= q.Bits() && p.Contains(q.Addr())
}

// portPrefix is the ports whose first bits are those of port.
type portPrefix struct {
	port uint16
	bits uint32
}

// portPrefixes are the fewest prefixes that make up the ports from low to high.
func portPrefixes(low, high int) []portPrefix {
	var list []portPrefix
	for low <= high {
		size := 16 // in bits
		if low != 0 {
			size = bits.TrailingZeros16(uint16(low))
		}
		for low+1<<size-1 > high {
			size--
		}
		list = append(list, portPrefix{uint16(low), uint32(16 - size)})
		low += 1 << size
	}
	return list
}
