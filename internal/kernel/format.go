package kernel

import (
	"encoding/binary"
	"net/netip"
)

// Kinds of subjects, as the tables have them.
type kind uint16

const (
	anyone       kind = iota // everybody; id 0
	user                     // by real uid
	group                    // by the real gid or a supplementary one
	unnamedUser              // everybody whose uid has no name; id 0
	unnamedGroup             // everybody with a gid that has no name; id 0
)

// portKey is the key of the table of ports, a hash table: of a subject and a port at
// which other clauses count than at the ports on both sides of it. Port 0, which no
// request has, is what is known of the subject.
type portKey struct {
	ID   uint32
	Kind uint16
	Port [2]byte // big endian
}

// rangeKey is the key of the table of ranges, a longest-prefix trie: of the ports that
// the table of ports does not have.
type rangeKey struct {
	Bits uint32 // fixedPortBits, and of Port
	portKey
}

const fixedPortBits = 48

func newPortKey(s subject, port uint16) portKey {
	key := portKey{ID: s.id, Kind: uint16(s.kind)}
	binary.BigEndian.PutUint16(key.Port[:], port)
	return key
}

// verdicts is the last word on each protocol: of rules, and of trees. A word is
// twice its rank, and one more if it permits; 0 is none. The greater has the say.
type verdicts struct{ RulesTCP, RulesUDP, TreesTCP, TreesUDP uint32 }

// portValue is what the tables of ports and ranges say about every address, and the
// class that has the words about single ones in those of hosts and prefixes; 0 is none.
type portValue struct {
	Verdicts verdicts
	Class    uint32
	Flags    uint32
}

// Flags of a portValue.
const (
	hasHosts    uint32 = 1 << iota // the table of hosts has the class
	hasPrefixes                    // that of prefixes
	hasRanges                      // the table of ranges has the subject; of port 0
	isNamed                        // a name has this id; of port 0
)

// hostKey is the key of the table of hosts, a hash table: of an address by itself.
type hostKey struct {
	Class uint32
	Space uint32 // 4 or 6: an IPv4-mapped address is in 6
	Addr  [16]byte
}

// prefixKey is the key of the table of prefixes, a longest-prefix trie: of the addresses
// that the table of hosts does not have.
type prefixKey struct {
	Bits uint32 // fixedAddrBits, and of Addr
	hostKey
}

const fixedAddrBits = 64

// newPrefixKey is the key of a prefix in a class.
func newPrefixKey(class uint32, p netip.Prefix) prefixKey {
	key := prefixKey{uint32(fixedAddrBits + p.Bits()), hostKey{Class: class, Space: 6}}
	if p.Addr().Is4() {
		key.Space = 4
		a := p.Addr().As4()
		copy(key.Addr[:], a[:])
		return key
	}
	key.Addr = p.Addr().As16()
	return key
}

// Flags of a config: what the program need not look for.
const (
	forAnyone       uint32 = 1 << iota // there are clauses for everybody
	forGroups                          // for groups, named or not
	forUnnamedUser                     // for everybody without a user name
	forUnnamedGroup                    // for everybody with a group without a name
	forKnown                           // something is known of subjects, at port 0
)

// config is what the programs read first, and what Read tells: one for each slot.
type config struct {
	Flags   uint32
	Limit   uint32 // the first port that is anybody's
	Netns   uint64 // its cookie; 0 is the first network namespace
	Digest  [32]byte
	Loaded  uint64 // when, in seconds since 1970
	Clauses uint32
	Entries uint32
	Omitted uint32
	Unused  uint32
}

// state says which slot counts, and whether somebody watches.
type state struct{ Slot, Watched uint32 }
