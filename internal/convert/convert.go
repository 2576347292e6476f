package convert

import (
	"net/netip"
	"slices"
	"strings"

	"gobind/internal/tree"
	"gobind/policy"
)

// Names gives the names of users and groups, "" for those who have none.
type Names struct{ User, Group func(id uint32) string }

// converter collects the rules.
type converter struct {
	Result
	tree   tree.Tree
	names  Names
	byPort map[uint16]tree.Entry
	byAddr map[netip.AddrPort]tree.Entry // the file that is asked first
	grants []grant
}

// grant is a line of a byuid file.
type grant struct {
	tree.Grant // the ports that are looked up in that file alone
	uid        uint32
	file       string
	line       int
}

// Rules translates a tree. Its error is a *TreeError.
func Rules(t tree.Tree, names Names) (Result, error) {
	top := tree.Dir{Entry: t.Dir}
	top.Way = t.Way
	for _, d := range []tree.Dir{top, t.ByPort, t.ByAddr, t.ByUID} {
		if err := whole(d, t.Dir.Path); err != nil {
			return Result{}, err
		}
	}
	c := converter{tree: t, names: names, byPort: map[uint16]tree.Entry{}, byAddr: map[netip.AddrPort]tree.Entry{}}
	c.readByPort()
	c.readByAddr()
	c.readByUID()
	c.convertByUID()
	c.convertByAddr()
	c.convertByPort()
	return c.Result, nil
}

// whole demands that the directory treats all users alike, or is not there.
func whole(d tree.Dir, top string) error {
	fault := &TreeError{Dir: d.Path, Err: d.Err}
	_, unsafe := tree.Unsafe(d.Way)
	switch {
	case tree.Absent(d.Err) && d.Path != top:
		return nil
	case d.Err != nil || !d.IsDir():
		fault.Why = Broken
	case d.Hid != nil:
		fault.Why, fault.Err = Broken, d.Hid
	case !d.RootOnly() || unsafe:
		fault.Why = Unsafe
	case !d.OwnerMay(1), d.Name != "byuid" && slices.ContainsFunc(d.Access(), closes):
		fault.Why = Closed
	default:
		return nil
	}
	return fault
}

// closes reports whether somebody but root may not search the directory.
func closes(a tree.ACLEntry) bool { return !a.Execute && (a.Who == tree.Others || a.ID != 0) }

func (c *converter) note(kind NoteKind, file string, line int) {
	c.Notes = append(c.Notes, Note{Kind: kind, File: file, Line: line})
}

// readByPort reads the files of byport.
func (c *converter) readByPort() {
	for _, e := range c.tree.ByPort.Files {
		if port, ok := tree.ParsePort(e.Name); !ok {
			c.note(Unasked, e.Path, 0)
		} else if c.exists(e) {
			c.byPort[port] = e
		}
	}
}

// readByAddr reads the files of byaddr, of which only the first that exists counts
// for an address and port, and none if byport has the port.
func (c *converter) readByAddr() {
	steps := map[netip.AddrPort]int{}
	for _, e := range c.tree.ByAddr.Files {
		addr, step, ok := tree.ParseAddr(e.Name)
		if !ok {
			c.note(Unasked, e.Path, 0)
			continue
		}
		_, decided := c.byPort[addr.Port()]
		before, seen := steps[addr]
		if !decided && c.exists(e) && (!seen || step < before) {
			steps[addr], c.byAddr[addr] = step, e
		}
	}
}

// exists reports whether a file of byport or byaddr is there, and notes why it
// permits nobody.
func (c *converter) exists(e tree.Entry) bool {
	switch {
	case tree.Absent(e.Err):
		return false
	case e.Err != nil:
		c.Notes = append(c.Notes, Note{Kind: Refused, File: e.Path, Detail: e.Err.Error()})
	case e.NoExec && !e.IsDir() && e.Stat.Mode&0o111 != 0:
		c.note(NoExec, e.Path, 0)
	}
	return true
}

// readByUID reads the files of byuid.
func (c *converter) readByUID() {
	for _, e := range c.tree.ByUID.Files {
		uid, upper, ok := tree.ParseUID(e.Name)
		if !ok {
			c.note(Unasked, e.Path, 0)
			continue
		}
		if why := disbelief(e); why != "" {
			c.Notes = append(c.Notes, Note{Kind: Refused, File: e.Path, Detail: why})
			continue
		}
		low, high := uint32(1), uint32(511)
		if upper {
			low, high = 512, 65535
		}
		for _, line := range tree.Lines(string(e.Content)) {
			g := grant{line.Grant, uid, e.Path, line.Number}
			g.Min, g.Max = max(g.Min, low), min(g.Max, high)
			if line.Grants && g.Min <= g.Max && g.From.Compare(g.To) <= 0 {
				c.grants = append(c.grants, g)
			} else if text := strings.Trim(line.Text, " \t\r\v\f"); text != "" && text[0] != '#' {
				c.note(Ignored, e.Path, line.Number)
			}
		}
	}
}

// disbelief is why a byuid file refuses, or "".
func disbelief(e tree.Entry) string {
	switch {
	case tree.Absent(e.Err):
		return ""
	case e.Err != nil:
		return e.Err.Error()
	case !e.IsRegular():
		return "not a regular file"
	case !e.RootOnly():
		return "others than root could write it"
	case !e.OwnerMay(4):
		return "its mode keeps root, its owner, from reading it"
	case e.Stat.Size > tree.MaxByUID:
		return "larger than 1 MiB"
	default:
		if at, unsafe := tree.Unsafe(e.Way); unsafe {
			return "others than root could change " + at.Path + ", on the way to it"
		}
		return ""
	}
}

// users are those to whom byuid permits the address and port, in order.
func (c *converter) users(addr netip.AddrPort) []uint32 {
	var all []uint32
	for _, g := range c.grants {
		if g.Covers(addr.Addr(), addr.Port()) && !slices.Contains(all, g.uid) {
			all = append(all, g.uid)
		}
	}
	return all
}

// who is a user or a group as a rule has it: by name, if that is one.
func (c *converter) who(kind policy.WhoKind, id uint32) policy.Who {
	name := c.names.User
	if kind == policy.Group {
		name = c.names.Group
	}
	return policy.Who{Kind: kind, ID: id, Name: name(id)}
}
