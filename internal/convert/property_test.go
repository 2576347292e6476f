package convert

import (
	"net/netip"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"gobind/internal/tree"
	"gobind/policy"
)

// What random trees and requests are made of: few things, so that they meet.
var (
	ids    = []uint32{0, 7, 8, 4711}
	gids   = []uint32{0, 8, 9, 4712}
	ports  = []uint16{80, 81, 511, 512, 600, 1023, 8080}
	addrs  = []string{"0.0.0.0", "127.0.0.1", "192.0.2.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:192.0.2.1", "::1.2.3.4", "2001:db8::1"}
	wheres = []string{
		"0.0.0.0/0", "127.0.0.0/8", "127.0.0.1", "192.0.2.0/24", "::/0", "::/96", "::1", "::", "::ffff:0:0/96", "::ffff:127.0.0.1",
		"::ffff:127.0.0.0-::ffff:192.0.2.0", "::-::1:0:0:0", "127.0.0.1-192.0.2.7", "2001:db8::/32", "::/96", "::fffe:0:0/95",
	}
	portLists = []string{"80", "80-81", "1-1023", "0-99999", "512-600", "81-511", "8080", "90-80", "600"}
)

func pick[T any](t *rapid.T, label string, from []T) T { return rapid.SampledFrom(from).Draw(t, label) }

func drawAccessFile(t *rapid.T, name string) tree.Entry {
	e := newFile(name)
	if rapid.IntRange(0, 9).Draw(t, "dir") == 0 {
		e.Stat.Mode = unix.S_IFDIR
	}
	e.Stat.Mode |= pick(t, "mode", []uint32{0o500, 0o500, 0o500, 0o510, 0o550, 0o505, 0o555, 0o644, 0o700, 0o011, 0o677, 0o701, 0o660, 0o005, 0o070, 0o010})
	e.Stat.Uid, e.Stat.Gid = pick(t, "owner", ids), pick(t, "group", gids)
	for range pick(t, "acl", []int{0, 0, 0, 1, 2}) {
		a := tree.ACLEntry{Who: tree.NamedUser, ID: pick(t, "id", ids), Execute: rapid.Bool().Draw(t, "x")}
		if rapid.Bool().Draw(t, "group") {
			a = tree.ACLEntry{Who: tree.NamedGroup, ID: pick(t, "id", gids), Execute: a.Execute}
		}
		e.ACL = append(e.ACL, a)
	}
	if rapid.IntRange(0, 19).Draw(t, "err") == 0 {
		e.Err = pick(t, "errno", []unix.Errno{unix.ENOENT, unix.ELOOP, unix.ENOTDIR, unix.EACCES})
	}
	return e
}

func drawTree(t *rapid.T) map[string]tree.Entry {
	files := map[string]tree.Entry{}
	for range rapid.IntRange(0, 3).Draw(t, "ports") {
		name := "byport/" + tree.PortName(pick(t, "port", ports))
		files[name] = drawAccessFile(t, name)
	}
	for range rapid.IntRange(0, 6).Draw(t, "addrs") {
		addr := netip.AddrPortFrom(netip.MustParseAddr(pick(t, "addr", addrs)), pick(t, "port", ports[:3]))
		name := "byaddr/" + pick(t, "name", tree.AddrNames(addr))
		files[name] = drawAccessFile(t, name)
	}
	for range rapid.IntRange(0, 4).Draw(t, "uids") {
		name := "byuid/" + pick(t, "mark", []string{"", "!"}) + strconv.Itoa(int(pick(t, "uid", ids)))
		e := newFile(name)
		e.Stat.Mode |= 0o400
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			e.Content = append(e.Content, pick(t, "where", wheres)+","+pick(t, "ports", portLists)+"\n"...)
		}
		if rapid.IntRange(0, 9).Draw(t, "unsafe") == 0 {
			e.Stat.Uid = 7
		}
		files[name] = e
	}
	return files
}

// The rules decide as the tree does: about any IPv6 address that is not mapped the
// same, about an IPv4 address, mapped or not, as about any of the names of that bind
// in the tree; if nothing was noted, as about its first name. The rules are read
// back from their text.
func TestDecisionsAreEqual(t *testing.T) {
	decisions, permits := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		files := drawTree(t)
		result, err := Rules(treeOf(files), known)
		if err != nil {
			t.Fatal(err)
		}
		rules := rulesOf(t, text(result))
		noted := map[NoteKind]bool{}
		for _, n := range result.Notes {
			noted[n.Kind] = true
		}
		for _, uid := range ids {
			subject := policy.Subject{UID: uid, GID: pick(t, "gid", gids), Groups: rapid.SliceOfN(rapid.SampledFrom(gids), 0, 2).Draw(t, "groups")}
			before := func(addr netip.Addr, port uint16) bool {
				req := policy.Request{Subject: subject, Protocol: policy.ProtocolTCP, Addr: addr, Port: port}
				return policy.Evaluate(req, nil, asked{files, subject}).Verdict == policy.Permit
			}
			for _, text := range addrs {
				addr := netip.MustParseAddr(text)
				for _, port := range ports {
					want, first := before(addr, port), before(addr.Unmap(), port)
					if v4 := addr.Unmap(); v4.Is4() {
						want = false
						for _, alias := range aliases(netip.AddrPortFrom(v4, port)) {
							want = want || before(alias.Addr(), port)
						}
					}
					req := policy.Request{Subject: subject, Protocol: policy.ProtocolUDP, Addr: addr, Port: port}
					d := policy.Evaluate(req, rules)
					got := d.Verdict == policy.Permit
					decisions++
					if got {
						permits++
					}
					if got != want && (got || !noted[Narrowed]) {
						t.Fatalf("%+v: %v, before %v, by %v, of\n%s\nof %+v", req, got, want, d, show(result), files)
					}
					if addr.Is4() && got != first && !noted[Widened] && !noted[Narrowed] {
						t.Fatalf("%+v: %v, before %v, and nothing noted, by %v, of\n%s\nof %+v", req, got, first, d, show(result), files)
					}
				}
			}
		}
	})
	if decisions < 20_000 || permits < 2000 {
		t.Errorf("%d decisions, %d permits", decisions, permits)
	}
}
