package convert

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"gobind/internal/tree"
	"gobind/policy"
)

// set is to whom a step of the tree permits a bind: to everybody or nobody, but for
// the exceptions, of which the last one that is about somebody counts.
type set struct {
	everybody  bool
	exceptions []exception
	root       bool // and to a process whose real user is root
	file       string
}

type exception struct {
	verdict policy.Verdict
	who     policy.Who
}

// mixed reports whether the set is neither everybody nor just those whom it names.
func (s set) mixed() bool {
	return slices.ContainsFunc(s.exceptions, func(e exception) bool { return e.verdict == policy.Deny })
}

// ofFile is to whom a file of byport or byaddr permits its port.
func (c *converter) ofFile(e tree.Entry) set {
	s := set{file: e.Path}
	if e.Err != nil {
		return s
	}
	s.root = e.RootMay()
	all := e.Access()
	s.everybody = all[len(all)-1].Execute
	except := func(kind policy.WhoKind, a tree.ACLEntry) {
		verdict := policy.Deny
		if a.Execute {
			verdict = policy.Permit
		}
		s.exceptions = append(s.exceptions, exception{verdict, c.who(kind, a.ID)})
	}
	for _, execute := range []bool{false, true} { // any group that permits does
		for _, a := range all {
			isGroup := a.Who == tree.OwnerGroup || a.Who == tree.NamedGroup
			if isGroup && a.Execute == execute && (execute != s.everybody || len(s.exceptions) > 0) {
				except(policy.Group, a)
			}
		}
	}
	for _, a := range slices.Backward(all) { // the owner has the last word
		isUser := a.Who == tree.OwnerUser || a.Who == tree.NamedUser
		if isUser && a.ID != 0 && (a.Execute != s.everybody || len(s.exceptions) > 0) {
			except(policy.User, a)
		}
	}
	return s
}

// ofUsers is to whom byuid permits the address and port.
func (c *converter) ofUsers(addr netip.AddrPort) set {
	s := set{file: c.tree.ByUID.Path}
	for _, uid := range c.users(addr) {
		s.exceptions = append(s.exceptions, exception{policy.Permit, c.who(policy.User, uid)})
	}
	return s
}

// permits reports whether the set names somebody to whom the bind is permitted.
func (s set) permits() bool {
	return slices.ContainsFunc(s.exceptions, func(e exception) bool { return e.verdict == policy.Permit })
}

// rules are the set's, for one place. With refuse, or if nobody is permitted, they
// deny it to all others.
func (s set) rules(place policy.Where, refuse bool) []policy.Rule {
	var all []policy.Rule
	add := func(verdict policy.Verdict, who policy.Who) {
		all = append(all, policy.Rule{Verdict: verdict, Who: who, Protocols: everyProtocol, Where: []policy.Where{place}})
	}
	if s.everybody {
		add(policy.Permit, policy.Who{})
	} else if refuse || !s.permits() {
		add(policy.Deny, policy.Who{})
	}
	for _, e := range s.exceptions {
		add(e.verdict, e.who)
	}
	return all
}

// needsRoot reports whether root has to be permitted by a rule of its own.
func (s set) needsRoot() bool { return s.root && (!s.everybody || s.mixed()) }

// convertByPort writes rules for each file of byport.
func (c *converter) convertByPort() {
	var root []policy.PortRange
	for _, port := range slices.Sorted(maps.Keys(c.byPort)) {
		e := c.byPort[port]
		place := policy.Where{Ports: []policy.PortRange{{Min: port, Max: port}}}
		s := c.ofFile(e)
		refuse := slices.ContainsFunc(c.grants, func(g grant) bool { return g.Min <= uint32(port) && uint32(port) <= g.Max })
		c.add(Block{[]string{e.Path}, s.rules(place, refuse)})
		if s.needsRoot() {
			root = append(root, place.Ports[0])
		}
	}
	var places []policy.Where
	for ports := range slices.Chunk(root, maxPlaces) {
		places = append(places, policy.Where{Ports: ports})
	}
	c.addRoot("byport", places)
}

// addRoot permits root what any x bit permits it.
func (c *converter) addRoot(dir string, places []policy.Where) {
	c.add(Block{[]string{c.tree.Dir.Path + "/" + dir}, c.permits(c.who(policy.User, 0), places)})
}

// convertByAddr writes rules for the addresses and ports that byaddr has files for.
func (c *converter) convertByAddr() {
	var root []policy.Where
	for _, addr := range c.binds() {
		s, files, refuse := c.union(addr)
		place := policy.Where{Prefix: netip.PrefixFrom(addr.Addr(), addr.Addr().BitLen()), Ports: []policy.PortRange{{Min: addr.Port(), Max: addr.Port()}}}
		c.add(Block{files, s.rules(place, refuse)})
		if s.needsRoot() {
			root = append(root, place)
		}
	}
	c.addRoot("byaddr", root)
}

// binds are the addresses and ports that files of byaddr are about, an IPv4-mapped
// address as the IPv4 one, and 0.0.0.0 beside ::.
func (c *converter) binds() []netip.AddrPort {
	all := map[netip.AddrPort]bool{}
	for addr := range c.byAddr {
		all[netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())] = true
		if addr.Addr() == netip.IPv6Unspecified() {
			all[netip.AddrPortFrom(netip.IPv4Unspecified(), addr.Port())] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b netip.AddrPort) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Port(), b.Port()))
	})
}

// aliases are the names that the tree has for one bind.
func aliases(addr netip.AddrPort) []netip.AddrPort {
	all := []netip.AddrPort{addr}
	if addr.Addr().Is4() {
		all = append(all, netip.AddrPortFrom(netip.AddrFrom16(addr.Addr().As16()), addr.Port()))
	}
	if addr.Addr() == netip.IPv4Unspecified() {
		all = append(all, netip.AddrPortFrom(netip.IPv6Unspecified(), addr.Port()))
	}
	return all
}

// union is to whom the tree permits the bind by any of its names, the files that
// say so, and whether rules before permit it to anybody.
func (c *converter) union(addr netip.AddrPort) (all set, files []string, refuse bool) {
	for i, alias := range aliases(addr) {
		refuse = refuse || len(c.users(alias)) > 0
		s := c.ofUsers(alias)
		if e, ok := c.byAddr[alias]; ok {
			s = c.ofFile(e)
			files = append(files, e.Path)
		}
		if i == 0 {
			all = s
			continue
		}
		c.join(&all, s, addr.Addr())
	}
	return all, files, refuse
}

// join adds to whom another name of the bind is permitted.
func (c *converter) join(all *set, s set, addr netip.Addr) {
	if all.everybody && !all.mixed() || !s.root && !s.everybody && len(s.exceptions) == 0 {
		return
	}
	all.root = all.root || s.root
	switch {
	case s.everybody && !s.mixed():
		all.everybody, all.exceptions = true, nil
	case s.mixed() && all.mixed():
		c.note(Narrowed, s.file, 0)
		return
	case s.mixed():
		all.everybody, all.exceptions = s.everybody, append(s.exceptions, all.exceptions...)
	default:
		all.exceptions = append(slices.Clip(all.exceptions), s.exceptions...)
	}
	file := s.file
	if file == c.tree.ByUID.Path {
		file = all.file
	}
	c.Notes = append(c.Notes, Note{Kind: Widened, File: file, Detail: addr.String()})
}
