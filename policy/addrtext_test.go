package policy_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gobind/policy"
)

func TestAddrText(t *testing.T) {
	for _, test := range []struct{ addr, text, full string }{
		{"0.0.0.0", "0.0.0.0", "0.0.0.0"},
		{"127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"255.255.255.255", "255.255.255.255", "255.255.255.255"},
		{"::", "::", "0:0:0:0:0:0:0:0"},
		{"::1", "::1", "0:0:0:0:0:0:0:1"},
		{"::ffff", "::ffff", "0:0:0:0:0:0:0:ffff"},
		{"::1:0", "::0.1.0.0", "0:0:0:0:0:0:1:0"},
		{"::1:2", "::0.1.0.2", "0:0:0:0:0:0:1:2"},
		{"::102:304", "::1.2.3.4", "0:0:0:0:0:0:102:304"},
		{"::ffff:127.0.0.1", "::ffff:127.0.0.1", "0:0:0:0:0:ffff:7f00:1"},
		{"::ffff:0.0.0.0", "::ffff:0.0.0.0", "0:0:0:0:0:ffff:0:0"},
		{"::1:102:304", "::1:102:304", "0:0:0:0:0:1:102:304"},
		{"64:ff9b::1.2.3.4", "64:ff9b::102:304", "64:ff9b:0:0:0:0:102:304"},
		{"1:0:0:1:0:0:0:1", "1:0:0:1::1", "1:0:0:1:0:0:0:1"},
		{"1:0:0:1:0:0:1:1", "1::1:0:0:1:1", "1:0:0:1:0:0:1:1"},
		{"0:0:1:1:0:0:1:1", "::1:1:0:0:1:1", "0:0:1:1:0:0:1:1"},
		{"1:0:1:1:1:1:1:1", "1:0:1:1:1:1:1:1", "1:0:1:1:1:1:1:1"},
		{"0:1:1:1:1:1:1:1", "0:1:1:1:1:1:1:1", "0:1:1:1:1:1:1:1"},
		{"1:1:1:1:1:1:1:0", "1:1:1:1:1:1:1:0", "1:1:1:1:1:1:1:0"},
		{"fe80::", "fe80::", "fe80:0:0:0:0:0:0:0"},
		{"FE80::ABCD", "fe80::abcd", "fe80:0:0:0:0:0:0:abcd"},
		{"fe80::1%eth0", "fe80::1", "fe80:0:0:0:0:0:0:1"},
		{"::1.2.3.4%eth0", "::1.2.3.4", "0:0:0:0:0:0:102:304"},
	} {
		addr := netip.MustParseAddr(test.addr)
		if got := policy.AddrText(addr); got != test.text {
			t.Errorf("AddrText(%s) = %q, want %q", test.addr, got, test.text)
		}
		if got := policy.AddrFull(addr); got != test.full {
			t.Errorf("AddrFull(%s) = %q, want %q", test.addr, got, test.full)
		}
	}
}

// addrs draws addresses with many zeros in them, of both families.
func addrs() *rapid.Generator[netip.Addr] {
	return rapid.OneOf(addrs4(), addrs6())
}

func addrs4() *rapid.Generator[netip.Addr] {
	octet := rapid.SampledFrom([]byte{0, 0, 1, 127, 128, 192, 255})
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(octet, 4, 4).Draw(t, "octets")))
	})
}

func addrs6() *rapid.Generator[netip.Addr] {
	group := rapid.SampledFrom([]uint16{0, 0, 0, 1, 0xffff, 0x7f00, 0xfe80, 0x2001})
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		var b []byte
		for _, g := range rapid.SliceOfN(group, 8, 8).Draw(t, "groups") {
			b = binary.BigEndian.AppendUint16(b, g)
		}
		return netip.AddrFrom16([16]byte(b))
	})
}

// What is written is the same address when read again, and is written in one
// way only.
func checkAddrText(t interface{ Errorf(string, ...any) }, addr netip.Addr) {
	for _, text := range []string{policy.AddrText(addr), policy.AddrFull(addr)} {
		if back, err := netip.ParseAddr(text); err != nil || back != addr {
			t.Errorf("%v is written %q, which reads as %v, %v", addr, text, back, err)
		}
		if strings.ContainsAny(text, "/%,") || text != strings.ToLower(text) {
			t.Errorf("%v is written %q", addr, text)
		}
	}
}

func TestAddrTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkAddrText(t, addrs().Draw(t, "addr")) })
}
