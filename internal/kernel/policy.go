package kernel

import (
	"crypto/sha256"
	"encoding/binary"

	"gobind/internal/tree"
	"gobind/policy"
)

// Policy is what the tables are made of.
type Policy struct {
	Rules []policy.RuleFile // the first file first: later ones have the word
	// UIDs and GIDs are those with a name. They matter where a rule denies
	// somebody whose name is unknown.
	UIDs, GIDs []uint32
	// Trees are the directories of trees in FS, the one that is asked first first.
	Trees []string
	FS    *tree.FS
}

// Omission is a part of policy that the tables do not have. What it decides is
// refused by the kernel, and left to the wrapper.
type Omission struct {
	Source policy.Source
	Why    string
	Hidden bool // whoever compiled it may not look; root may
}

// Compiled is policy in the form that the kernel takes.
type Compiled struct {
	Omitted []Omission
	Clauses int
	tables  *tables
	digest  [32]byte
}

// Compile makes tables of policy.
func Compile(p Policy) (*Compiled, error) {
	clauses, rank := ruleClauses(p.Rules, 0)
	omitted := omittedRules(p.Rules)
	byTrees := treeClauses(p.FS, p.Trees, rank)
	clauses = append(clauses, byTrees.clauses...)
	t, err := tabulate(clauses, p.UIDs, p.GIDs)
	if err != nil {
		return nil, err
	}
	c := &Compiled{Omitted: append(omitted, byTrees.omitted...), Clauses: len(clauses), tables: t}
	c.digest, err = t.digest()
	return c, err
}

// Entries is how much room the tables take.
func (c *Compiled) Entries() int {
	return len(c.tables.ports) + len(c.tables.ranges) + len(c.tables.hosts) + len(c.tables.prefixes)
}

// digest is the same for the same tables.
func (t *tables) digest() ([32]byte, error) {
	var text []byte
	var err error
	for _, table := range []any{t.flags, t.ports, t.ranges, t.hosts, t.prefixes} {
		if text, err = binary.Append(text, binary.LittleEndian, table); err != nil {
			return [32]byte{}, err
		}
	}
	return sha256.Sum256(text), nil
}
