package convert

import (
	"math"
	"net/netip"

	"go4.org/netipx"

	"gobind/internal/tree"
	"gobind/policy"
)

// mapped are the IPv4-mapped addresses.
var mapped = netip.MustParsePrefix("::ffff:0:0/96")

// everyProtocol is any.
var everyProtocol = []policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP}

// maxPlaces bounds the places of one rule, so that its line is not too long.
const maxPlaces = 40

// convertByUID writes a rule for each line of byuid.
func (c *converter) convertByUID() {
	var block Block
	for _, g := range c.grants {
		if len(block.Files) == 0 || block.Files[0] != g.file {
			c.add(block)
			block = Block{Files: []string{g.file}}
		}
		block.Rules = append(block.Rules, c.permits(c.who(policy.User, g.uid), c.places(g))...)
	}
	c.add(block)
}

func (c *converter) add(b Block) {
	if len(b.Rules) > 0 {
		c.Blocks = append(c.Blocks, b)
	}
}

// permits are rules that permit somebody the places.
func (c *converter) permits(who policy.Who, places []policy.Where) []policy.Rule {
	var all []policy.Rule
	for len(places) > 0 {
		n := min(len(places), maxPlaces)
		all = append(all, policy.Rule{Verdict: policy.Permit, Who: who, Protocols: everyProtocol, Where: places[:n]})
		places = places[n:]
	}
	return all
}

// places are where a grant of byuid permits. What it permits as an IPv4-mapped
// address or as :: is permitted as the IPv4 address.
func (c *converter) places(g grant) []policy.Where {
	var all []policy.Where
	for _, prefix := range prefixes(g.From, g.To) {
		if prefix.Bits() < mapped.Bits() || !mapped.Contains(prefix.Addr()) {
			all = append(all, where(prefix, g.Min, g.Max))
		}
	}
	if g.From.Is4() {
		return all
	}
	for _, v4 := range aliasRanges(g.Grant) {
		if c.has(g.uid, v4) {
			continue
		}
		c.Notes = append(c.Notes, Note{Kind: Widened, File: g.file, Line: g.line, Detail: netipx.IPRangeFrom(v4.From, v4.To).String()})
		for _, prefix := range prefixes(v4.From, v4.To) {
			all = append(all, where(prefix, g.Min, g.Max))
		}
	}
	return all
}

// has reports whether a line permits the user all of that.
func (c *converter) has(uid uint32, wanted tree.Grant) bool {
	for _, g := range c.grants {
		if g.uid == uid && g.Contains(wanted) {
			return true
		}
	}
	return false
}

// aliasRanges are the IPv4 addresses that the grant of IPv6 addresses covers by
// other names: those that are mapped, and 0.0.0.0 of ::.
func aliasRanges(g tree.Grant) []tree.Grant {
	var all []tree.Grant
	low, high := mapped.Addr(), netipx.PrefixLastIP(mapped)
	if g.From.Compare(high) <= 0 && low.Compare(g.To) <= 0 {
		part := g
		part.From, part.To = later(g.From, low).Unmap(), earlier(g.To, high).Unmap()
		all = append(all, part)
	}
	if g.From == netip.IPv6Unspecified() && (len(all) == 0 || all[0].From != netip.IPv4Unspecified()) {
		part := g
		part.From, part.To = netip.IPv4Unspecified(), netip.IPv4Unspecified()
		all = append(all, part)
	}
	return all
}

func later(a, b netip.Addr) netip.Addr {
	if a.Less(b) {
		return b
	}
	return a
}

func earlier(a, b netip.Addr) netip.Addr {
	if a.Less(b) {
		return a
	}
	return b
}

// prefixes cover exactly the addresses from the first to the last.
func prefixes(from, to netip.Addr) []netip.Prefix { return netipx.IPRangeFrom(from, to).Prefixes() }

// where is a prefix with ports; if it is all ports of half the file's, they are
// written so all the same.
func where(prefix netip.Prefix, low, high uint32) policy.Where {
	return policy.Where{Prefix: prefix, Ports: []policy.PortRange{{Min: uint16(low), Max: uint16(min(high, math.MaxUint16))}}}
}
