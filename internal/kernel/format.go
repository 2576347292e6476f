package kernel

import "net/netip"

// Kinds of subjects, as the tables have them.
type kind uint16

const (
	anyone       kind = iota // everybody; id 0
	user                     // by real uid
	group                    // by the real gid or a supplementary one
	unnamedUser              // everybody whose uid has no name; id 0
	unnamedGroup             // everybody with a gid that has no name; id 0
)

// subject is the key of the table of subjects.
type subject struct {
	Kind uint32
	ID   uint32
}

// What is known of a subject.
const (
	hasClauses uint32 = 1 << iota // the table of ports has it
	isNamed                       // a name has this id
)

// portKey is the key of the table of ports, a longest-prefix trie.
type portKey struct {
	Bits uint32 // fixedPortBits, and of Port
	ID   uint32
	Kind uint16
	Port [2]byte // big endian
}

const fixedPortBits = 48

// verdicts is the last word on each protocol: of rules, and of trees. A word is
// twice its rank, and one more if it permits; 0 is none. The greater has the say.
type verdicts struct{ RulesTCP, RulesUDP, TreesTCP, TreesUDP uint32 }

// portValue is what the table of ports says about every address, and the class
// that has the words about single ones in the table of addresses; 0 is none.
type portValue struct {
	Verdicts verdicts
	Class    uint32
}

// addrKey is the key of the table of addresses, a longest-prefix trie.
type addrKey struct {
	Bits  uint32 // fixedAddrBits, and of Addr
	Class uint32
	Space uint32 // 4 or 6: an IPv4-mapped address is in 6
	Addr  [16]byte
}

const fixedAddrBits = 64

// newAddrKey is the key of a prefix in a class.
func newAddrKey(class uint32, p netip.Prefix) addrKey {
	key := addrKey{Bits: uint32(fixedAddrBits + p.Bits()), Class: class, Space: 6}
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
