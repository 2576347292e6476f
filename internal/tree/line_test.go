package tree

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gobind/policy"
)

// byUID is a tree of nothing but a byuid file.
type byUID string

func (byUID) Dir() string                { return "/etc/authbind" }
func (byUID) Open() policy.Fault         { return policy.Fault{} }
func (byUID) Access(string) policy.Fault { return policy.Fault{Errno: policy.ENOENT} }
func (t byUID) ByUID(string) ([]byte, policy.Fault) {
	return []byte(t), policy.Fault{}
}

// pieces are what lines are made of, more often good than not.
var pieces = rapid.SampledFrom([]string{
	"0.0.0.0", "127.0.0.1", "192.0.2.0", "255.255.255.255", "::", "::1", "2001:db8::", "::ffff:127.0.0.1", "fe80::1%lo", "010.0.0.1",
	"/0", "/8", "/24", "/32", "/33", "/64", "/128", "/ 8", "/+8", "/4294967328", "-", ",", ",", ",", ":", "80", "80", "80-90", "1-1023", "0-99999",
	" 80", "+80", "4294967376", "80 ", "\t", " ", "#", "\r", "\n", "\x00", "x", "[", "]", strings.Repeat("#", 290), "90-80", "0",
})

// A line is a grant of exactly what the judge permits by it.
func TestLinesAreRead(t *testing.T) {
	addrs := rapid.SampledFrom([]string{
		"0.0.0.0", "127.0.0.1", "192.0.2.0", "192.0.2.255", "255.255.255.255", "::", "::1",
		"2001:db8::", "2001:db8::1", "::ffff:127.0.0.1", "10.0.0.1",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(pieces, 1, 12).Draw(t, "text"), "")
		req := policy.Request{
			Protocol: policy.ProtocolTCP, Addr: netip.MustParseAddr(addrs.Draw(t, "addr")),
			Port: rapid.SampledFrom([]uint16{1, 8, 32, 80, 85, 511, 512, 1023, 65535}).Draw(t, "port"),
		}
		line := 0
		for _, l := range Lines(text) {
			if l.Grants && l.Grant.Covers(req.Addr, req.Port) {
				line = l.Number
				break
			}
		}
		d := policy.Evaluate(req, nil, byUID(text))
		if d.Verdict == policy.Permit != (line > 0) || d.Source.Line != line {
			t.Fatalf("%q: %v by line %d, the judge says %v", text, req, line, d)
		}
	})
}

// Chunks of a long line are lines of their own, and say where they begin.
func TestLongLine(t *testing.T) {
	lines := Lines(strings.Repeat("#", Chunk) + "0.0.0.0/0,80\n::1,80")
	if len(lines) != 3 || lines[0].Whole || lines[1].Whole || !lines[2].Whole || !lines[1].Grants ||
		lines[1].Number != 1 || lines[1].Column != Chunk+1 || lines[2].Number != 2 || lines[2].Column != 1 {
		t.Errorf("%+v", lines)
	}
	if lines := Lines(strings.Repeat("#", Chunk-1) + "\n::1,80"); len(lines) != 2 || !lines[0].Whole {
		t.Errorf("%+v", lines)
	}
}

// asked collects what the judge asks of a tree for a request.
type asked struct {
	byUID
	names *[]string
}

func (t asked) Access(name string) policy.Fault {
	*t.names = append(*t.names, name)
	return policy.Fault{Errno: policy.ENOENT}
}

func (t asked) ByUID(name string) ([]byte, policy.Fault) {
	*t.names = append(*t.names, "byuid/"+name)
	return nil, policy.Fault{Errno: policy.ENOENT}
}

// The names are those that the judge asks for, in its order, and no others.
func TestNamesAreAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := netip.AddrPortFrom(drawAddr(t), rapid.Uint16Min(1).Draw(t, "port"))
		uid := rapid.Uint32().Draw(t, "uid")
		var names []string
		policy.Evaluate(policy.Request{Subject: policy.Subject{UID: uid}, Addr: addr.Addr(), Port: addr.Port()}, nil, asked{"", &names})
		want := []string{"byport/" + PortName(addr.Port())}
		for _, name := range AddrNames(addr) {
			want = append(want, "byaddr/"+name)
			if got, _, ok := ParseAddr(name); !ok || got != addr {
				t.Errorf("%q is about %v, %v; want %v", name, got, ok, addr)
			}
		}
		want = append(want, "byuid/"+Mark(addr.Port())+strconv.FormatUint(uint64(uid), 10))
		seen := map[string]bool{} // an address without zeros has one spelling
		var once []string
		for _, name := range names {
			if !seen[name] {
				once = append(once, name)
			}
			seen[name] = true
		}
		if strings.Join(once, " ") != strings.Join(want, " ") {
			t.Errorf("asked for %q, want %q", once, want)
		}
	})
	for _, name := range []string{"", "!80", "600", "!", "080", "+80", "0", "65536", "http", "!!600", "80 "} {
		if port, ok := ParsePort(name); ok {
			t.Errorf("byport/%s is about %d", name, port)
		}
	}
	for _, name := range []string{
		"", "127.0.0.1", "127.0.0.1,600", "!127.0.0.1,80", "::1:80", "[::1]:80", "::0001,80", "::A,80", "fe80::1%lo,80",
		"127.0.0.1,080", "0:0:0:0:0:0:0:1:80", "::102:304,80", "127.1,80", "::1,0", ",80",
	} {
		if addr, _, ok := ParseAddr(name); ok {
			t.Errorf("byaddr/%s is about %v", name, addr)
		}
	}
	for _, name := range []string{"", "!", "-1", "007", "4294967296", "tomcat", "!!7", "+7"} {
		if uid, _, ok := ParseUID(name); ok {
			t.Errorf("byuid/%s is about %d", name, uid)
		}
	}
}

func drawAddr(t *rapid.T) netip.Addr {
	if rapid.Bool().Draw(t, "v4") {
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "addr")))
	}
	b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 255, 18}), 16, 16).Draw(t, "addr")
	return netip.AddrFrom16([16]byte(b))
}
