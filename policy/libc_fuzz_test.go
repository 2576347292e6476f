//go:build cgo

package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"gobind/policy"
	"gobind/test/clib"
)

// AddrText is inet_ntop(3), and reads back as the same address.
func FuzzAddrText(f *testing.F) {
	for _, text := range []string{"127.0.0.1", "::", "::1", "::1.2.3.4", "::ffff:1.2.3.4", "1:0:0:1::1", "fe80::"} {
		f.Add(netip.MustParseAddr(text).AsSlice())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		addr, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		checkAddrText(t, addr)
		if got, want := policy.AddrText(addr), clib.Ntop(addr); got != want {
			t.Errorf("%v is written %q, and by inet_ntop %q", addr, got, want)
		}
	})
}

// An address in a byuid file is what inet_pton(3) takes for one, the same one,
// and of the request's family.
func FuzzAddressIsInetPton(f *testing.F) {
	for _, text := range []string{"127.0.0.1", "127.1", "127.0.0.01", "0x7f.0.0.1", "::1", "::1.2.3.4", "1:2:3:4:5:6:7::", "::1%lo", "[::1]", " ::1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\x00\n,/-") || len(text) > 200 {
			return // they part a line into what is no address
		}
		line := text + ",80"
		four, is4 := clib.Pton4(text)
		six, is6 := clib.Pton6(text)
		if got := byUID(line, four, 80).Verdict == policy.Permit; is4 != got {
			t.Errorf("%q permits %v: %v, and inet_pton says %v", line, four, got, is4)
		}
		if got := byUID(line, six, 80).Verdict == policy.Permit; is6 != got {
			t.Errorf("%q permits %v: %v, and inet_pton says %v", line, six, got, is6)
		}
		if ours, err := netip.ParseAddr(text); err == nil && !is4 && !is6 && byUID(line, ours.WithZone(""), 80).Verdict == policy.Permit {
			t.Errorf("%q permits %v, and is no address to inet_pton", line, ours)
		}
	})
}
