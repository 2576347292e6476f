package grants

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"gobind/internal/tree"
	"gobind/policy"
)

var anyAddr = netip.IPv4Unspecified()

// byAddr adds what files of byaddr come to.
func (r *reader) byAddr(files []tree.Entry) {
	type place struct {
		addr netip.AddrPort
		step int
	}
	places := map[string]place{}
	files = r.used(files, func(name string) bool {
		addr, step, ok := tree.ParseAddr(name)
		places[name] = place{addr, step}
		return ok
	})
	slices.SortStableFunc(files, func(a, b tree.Entry) int {
		p, q := places[a.Name], places[b.Name]
		return cmp.Or(cmp.Compare(p.addr.Port(), q.addr.Port()), p.addr.Addr().Compare(q.addr.Addr()), cmp.Compare(p.step, q.step))
	})
	for _, f := range files {
		addr := places[f.Name].addr
		r.access(f, ByAddr, policy.Where{
			Prefix: netip.PrefixFrom(addr.Addr(), addr.Addr().BitLen()),
			Ports:  []policy.PortRange{{Min: addr.Port(), Max: addr.Port()}},
		})
	}
}

// access adds what the permissions of a file come to: entries for those whom they
// are about, and one for everybody else.
func (r *reader) access(f tree.Entry, kind Kind, where policy.Where) {
	source := policy.Source{File: f.Path}
	if f.Err != nil {
		if !tree.Absent(f.Err) {
			r.fault(Entry{Rule: about(policy.Deny, policy.Who{}, []policy.Where{where}, source), Kind: kind}, faultOf(f.Err))
		}
		return
	}
	list := f.Access()
	slices.SortStableFunc(list, func(a, b tree.ACLEntry) int { return rank(a) - rank(b) })
	others := list[len(list)-1]
	for len(list) > 1 && list[len(list)-2].Execute == others.Execute {
		list = append(list[:len(list)-2], others)
	}
	for _, a := range list {
		e := Entry{Rule: about(policy.Deny, r.who(a), []policy.Where{where}, source), Kind: kind, Because: NobodyElse}
		if a.Execute {
			e.Verdict, e.Because = policy.Permit, ""
		}
		if a.Who != tree.OwnerUser || a.ID != 0 { // root may what anybody may
			r.Entries = append(r.Entries, e)
		}
	}
}

// rank orders permissions as they decide: a user's first, and of groups those that
// permit.
func rank(a tree.ACLEntry) int {
	switch {
	case a.Who == tree.OwnerUser:
		return 0
	case a.Who == tree.NamedUser:
		return 1
	case a.Who == tree.Others:
		return 4
	case a.Execute:
		return 2
	default:
		return 3
	}
}

// who is whom a permission is about.
func (r *reader) who(a tree.ACLEntry) policy.Who {
	switch a.Who {
	case tree.OwnerUser, tree.NamedUser:
		return policy.Who{Kind: policy.User, ID: a.ID, Name: r.accounts.UserName(a.ID)}
	case tree.OwnerGroup, tree.NamedGroup:
		return policy.Who{Kind: policy.Group, ID: a.ID, Name: r.accounts.GroupName(a.ID)}
	case tree.Others:
	}
	return policy.Who{}
}

// faultOf is an error of looking at a file.
func faultOf(err error) policy.Fault {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return policy.Fault{Errno: policy.Errno(errno)}
	}
	return policy.Fault{Errno: policy.EACCES}
}
