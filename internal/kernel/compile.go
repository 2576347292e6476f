package kernel

import (
	"cmp"
	"encoding/binary"
	"errors"
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
	subjects map[subject]uint32
	ports    []entry[portKey, portValue]
	addrs    []entry[addrKey, verdicts]
	classes  uint32
	classOf  map[string]uint32 // by the clauses; for one subject at a time
}

type entry[K, V any] struct {
	key   K
	value V
}

// tabulate makes tables of clauses, in any order.
func tabulate(clauses []clause) (*tables, error) {
	t := &tables{subjects: map[subject]uint32{}}
	bySubject := map[subject][]clause{}
	for _, c := range clauses {
		s := subject{uint32(c.kind), c.id}
		bySubject[s] = append(bySubject[s], c)
		t.flags |= flagOf(c.kind)
	}
	subjects := make([]subject, 0, len(bySubject))
	for s := range bySubject {
		t.subjects[s] |= hasClauses
		subjects = append(subjects, s)
	}
	slices.SortFunc(subjects, compareSubjects)
	for _, s := range subjects {
		if err := t.addSubject(s, bySubject[s]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
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
		t.subjects[subject{uint32(k), id}] |= isNamed
	}
}

// addSubject cuts the ports into ranges within which the same clauses count, and
// adds each range.
func (t *tables) addSubject(s subject, clauses []clause) error {
	t.classOf = map[string]uint32{}
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
		value := t.classify(clauses, list)
		for _, p := range portPrefixes(starts[j], starts[j+1]-1) {
			key := portKey{Bits: fixedPortBits + p.bits, ID: s.ID, Kind: uint16(s.Kind)}
			binary.BigEndian.PutUint16(key.Port[:], p.port)
			t.ports = append(t.ports, entry[portKey, portValue]{key, value})
		}
	}
	if len(t.ports) > maxEntries || len(t.addrs) > maxEntries {
		return ErrTooLarge
	}
	return nil
}

// classify is the value of ports for which the listed clauses count, and adds
// those that are about single addresses to the table of addresses, once.
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
	class, known := t.classOf[string(signature)]
	if !known {
		t.classes++
		class = t.classes
		t.classOf[string(signature)] = class
		t.addClass(class, value.Verdicts, single)
	}
	value.Class = class
	return value
}

// addClass adds the prefixes of a class. Each has the last word of all that cover
// it, so that the longest that matches an address has the last word of all.
func (t *tables) addClass(class uint32, everywhere verdicts, single []clause) {
	slices.SortStableFunc(single, func(a, b clause) int {
		return cmp.Or(
			cmp.Compare(a.where.Addr().BitLen(), b.where.Addr().BitLen()),
			a.where.Addr().Compare(b.where.Addr()),
			cmp.Compare(a.where.Bits(), b.where.Bits()))
	})
	type open struct {
		prefix netip.Prefix
		index  int
	}
	var stack []open // the prefixes that may cover the next one
	for _, c := range single {
		for len(stack) > 0 && !covers(stack[len(stack)-1].prefix, c.where) {
			stack = stack[:len(stack)-1]
		}
		value := everywhere
		if len(stack) > 0 {
			value = t.addrs[stack[len(stack)-1].index].value
		}
		value = value.last(c.verdicts())
		if len(stack) > 0 && stack[len(stack)-1].prefix == c.where {
			t.addrs[stack[len(stack)-1].index].value = value
			continue
		}
		stack = append(stack, open{c.where, len(t.addrs)})
		t.addrs = append(t.addrs, entry[addrKey, verdicts]{newAddrKey(class, c.where), value})
	}
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
