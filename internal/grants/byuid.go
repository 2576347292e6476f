package grants

import (
	"cmp"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"gobind/internal/tree"
	"gobind/policy"
)

// byUID adds what the lines of byuid files come to.
func (r *reader) byUID(files []tree.Entry) {
	files = r.used(files, func(name string) bool { _, _, ok := tree.ParseUID(name); return ok })
	slices.SortStableFunc(files, func(a, b tree.Entry) int {
		p, _, _ := tree.ParseUID(a.Name)
		q, _, _ := tree.ParseUID(b.Name)
		return cmp.Compare(p, q)
	})
	for _, f := range files {
		r.byUIDFile(f)
	}
}

func (r *reader) byUIDFile(f tree.Entry) {
	uid, upper, _ := tree.ParseUID(f.Name)
	ports := policy.PortRange{Min: 1, Max: 511}
	if upper {
		ports = policy.PortRange{Min: 512, Max: 65535}
	}
	who := policy.Who{Kind: policy.User, ID: uid, Name: r.accounts.UserName(uid)}
	whole := Entry{Rule: about(policy.Deny, who, []policy.Where{{Ports: []policy.PortRange{ports}}}, policy.Source{File: f.Path}), Kind: ByUID}
	switch {
	case tree.Absent(f.Err):
		return
	case f.Err != nil:
		r.fault(whole, faultOf(f.Err))
		return
	case f.IsDir():
		r.fault(whole, policy.Fault{Errno: policy.Errno(unix.EISDIR)})
		return
	case !f.IsRegular():
		r.fault(whole, policy.Fault{Errno: policy.Errno(unix.EINVAL)})
		return
	case !f.RootOnly():
		r.fault(whole, policy.Fault{Unsafe: true})
		return
	case r.root && !f.OwnerMay(4): // the helper is root without its capabilities
		r.fault(whole, policy.Fault{Errno: policy.EACCES})
		return
	case f.Stat.Size > tree.MaxByUID:
		r.fault(whole, policy.Fault{Errno: policy.Errno(unix.EFBIG)})
		return
	}
	for _, l := range tree.Lines(string(f.Content)) {
		if where := within(l.Grant, ports); l.Grants && where != nil {
			source := policy.Source{File: f.Path, Line: l.Number}
			r.Entries = append(r.Entries, Entry{Rule: about(policy.Permit, who, where, source), Kind: ByUID})
		}
	}
}

// within is what a grant permits of the ports; nil is nothing.
func within(g tree.Grant, ports policy.PortRange) []policy.Where {
	low, high := max(g.Min, uint32(ports.Min)), min(g.Max, uint32(ports.Max))
	if low > high {
		return nil
	}
	var list []policy.Where
	for _, p := range prefixes(g.From, g.To) {
		list = append(list, policy.Where{Prefix: p, Ports: []policy.PortRange{{Min: uint16(low), Max: uint16(high)}}})
	}
	return list
}

// prefixes are the fewest that cover the addresses from the first to the last, and
// no other.
func prefixes(from, to netip.Addr) []netip.Prefix {
	var list []netip.Prefix
	for from.IsValid() && from.Compare(to) <= 0 {
		p := netip.PrefixFrom(from, from.BitLen())
		for p.Bits() > 0 {
			wider := netip.PrefixFrom(from, p.Bits()-1)
			if wider.Masked() != wider || last(wider).Compare(to) > 0 {
				break
			}
			p = wider
		}
		list = append(list, p)
		from = last(p).Next() // invalid behind the last of all
	}
	return list
}

// last is the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < p.Addr().BitLen(); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}
