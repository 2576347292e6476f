package lint

import (
	"strconv"

	"gobind/internal/tree"
)

// firstFree is the first port that needs no permission, unless the machine says
// otherwise (net.ipv4.ip_unprivileged_port_start).
const firstFree = 1024

// accessFile is a file of byport or byaddr, and the file that decides before it.
type accessFile struct {
	tree.Entry
	port   uint16
	before string
}

// accessChecks are of a file of byport or byaddr whose name is right: what makes
// it refuse or do nothing, and who may execute it.
var accessChecks = []check[accessFile]{
	{LeadsNo, func(_ *linter, f accessFile) (Finding, bool) { return Finding{}, tree.Absent(f.Err) }},
	{Hidden, func(_ *linter, f accessFile) (Finding, bool) { return Finding{Detail: reason(f.Err)}, isDenied(f.Err) }},
	{Unreadable, func(_ *linter, f accessFile) (Finding, bool) { return Finding{Detail: reason(f.Err)}, f.Err != nil }},
	{PortFree, func(_ *linter, f accessFile) (Finding, bool) {
		return Finding{Detail: strconv.Itoa(int(f.port))}, f.port >= firstFree
	}},
	{FileHidden, func(_ *linter, f accessFile) (Finding, bool) { return Finding{Subject: f.before}, f.before != "" }},
	{NoExec, func(_ *linter, f accessFile) (Finding, bool) {
		return Finding{}, f.NoExec && !f.IsDir() && f.Stat.Mode&0o111 != 0
	}},
	{NobodyMay, nobodyMay},
}

// whoChecks are of who may execute a file of byport or byaddr.
var whoChecks = []check[accessFile]{
	{EveryUser, everyUser},
	{OwnerUnknown, ownerUnknown},
	{GroupUnknown, groupUnknown},
}

func (l *linter) access(f accessFile) {
	if !first(l, f.Path, accessChecks, f) {
		every(l, f.Path, whoChecks, f)
	}
}

// byPort looks at the files of byport.
func (l *linter) byPort(d tree.Dir) {
	for _, e := range d.Files {
		port, ok := tree.ParsePort(e.Name)
		if meant, _ := l.port(e.Name); meant >= firstFree {
			port, ok = meant, true
		}
		if ok {
			l.access(accessFile{e, port, decider(l.earlier, port, nil)})
		} else {
			l.misnamed(e, l.meantPort(e.Name))
		}
	}
}

// byAddr looks at the files of byaddr, in the tree.
func (l *linter) byAddr(d tree.Dir, t *tree.Tree) {
	for _, e := range d.Files {
		addr, step, ok := tree.ParseAddr(e.Name)
		if !ok {
			l.misnamed(e, l.meantAddr(e.Name))
			continue
		}
		names := tree.AddrNames(addr)
		before := decider(l.earlier, addr.Port(), names)
		if before == "" && t != nil {
			before = decider([]tree.Tree{*t}, addr.Port(), names[:step])
		}
		l.access(accessFile{e, addr.Port(), before})
	}
}

// decider is the path of the first file that exists in trees of byport for the port,
// or of byaddr with one of the names: it decides, and nothing after it is asked.
func decider(trees []tree.Tree, port uint16, names []string) string {
	for _, t := range trees {
		if file := existing(t.ByPort, tree.PortName(port)); file != "" {
			return file
		}
		for _, name := range names {
			if file := existing(t.ByAddr, name); file != "" {
				return file
			}
		}
	}
	return ""
}

// existing is the path of the file in the directory, if it exists.
func existing(d tree.Dir, name string) string {
	for _, e := range d.Files {
		if e.Name == name && !tree.Absent(e.Err) {
			return e.Path
		}
	}
	return ""
}

// nobodyMay finds a file that none but root may execute, so that it refuses.
func nobodyMay(_ *linter, f accessFile) (Finding, bool) {
	for _, a := range f.Access() {
		if a.Execute && (a.Who == tree.Others || a.ID != 0) {
			return Finding{}, false
		}
	}
	return Finding{Detail: owned(f.Entry)}, true
}

func everyUser(_ *linter, f accessFile) (Finding, bool) {
	all := f.Access()
	return Finding{Detail: owned(f.Entry)}, all[len(all)-1].Execute
}

func ownerUnknown(l *linter, f accessFile) (Finding, bool) {
	for _, a := range f.Access() {
		if (a.Who == tree.OwnerUser || a.Who == tree.NamedUser) && a.Execute && !l.names.HasUser(a.ID) {
			return Finding{Detail: strconv.FormatUint(uint64(a.ID), 10)}, true
		}
	}
	return Finding{}, false
}

func groupUnknown(l *linter, f accessFile) (Finding, bool) {
	for _, a := range f.Access() {
		if (a.Who == tree.OwnerGroup || a.Who == tree.NamedGroup) && a.Execute && !l.names.HasGroup(a.ID) {
			return Finding{Detail: strconv.FormatUint(uint64(a.ID), 10)}, true
		}
	}
	return Finding{}, false
}
