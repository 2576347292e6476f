package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"gobind/policy"
)

// Whatever a byuid file holds: it is either a line of it that permits, and would
// alone, or none is named; and no line before that one would permit alone.
func FuzzByUID(f *testing.F) {
	for _, text := range []string{
		"", "\n", everything, "127.0.0.1,80", "127.0.0.0/8:80,80\n", "::/0,1-1023\r\n", "127.0.0.1-127.0.0.9,80\n",
		"# c\n\n ::1,80\n::1,+80", "127.0.0.1,80\x00x", strings.Repeat("#", 298) + "::1,80", "::ffff:0:0/96 , 80",
		" 127. 0. 0. 1/ 32: 80, 80 ", "127.0.0.1/8:1,4294967376", ",", "/,-", "-,-", "/-,", "::1%lo,80",
	} {
		f.Add(text, []byte{127, 0, 0, 1}, uint16(80))
		f.Add(text, netip.IPv6Loopback().AsSlice(), uint16(80))
	}
	f.Fuzz(func(t *testing.T, text string, rawAddr []byte, port uint16) {
		addr, ok := netip.AddrFromSlice(rawAddr)
		if !ok || port == 0 || len(text) > 4096 {
			return
		}
		d := byUID(text, addr, port)
		lines := strings.SplitAfter(text, "\n")
		if d.Verdict == policy.Deny {
			if d != (policy.Decision{Errno: policy.ENOENT}) {
				t.Errorf("refused with %+v", d)
			}
			lines = append(lines, "")
			d.Source.Line = len(lines)
		} else if d.Errno != 0 || d.Source.Line < 1 || d.Source.Line > len(lines) {
			t.Fatalf("permitted with %+v, of %d lines", d, len(lines))
		}
		for i, line := range lines[:d.Source.Line] {
			want := policy.Deny
			if d.Verdict == policy.Permit && i == d.Source.Line-1 {
				want = policy.Permit
			}
			if got := byUID(line, addr, port).Verdict; got != want {
				t.Errorf("line %d of %d, alone: %v, want %v", i+1, len(lines), got, want)
			}
		}
	})
}

// Whatever a line is, it permits what the grammar as regular expressions says.
func FuzzLineModel(f *testing.F) {
	for _, line := range []string{
		"127.0.0.1,80", " 127. 0. 0. 1/ 32: 80, 80 ", "127.0.0.0/8:1,1023", "::/0,1-1023\r", "127.0.0.1-127.0.0.9,+80",
		"::1/128 , 080", "::ffff:0:0/96,0-99999", "::1,4294967376", "127.0.0.1/32,80\x00,81", "/,-", "0.0.0.0/00:0,65535",
	} {
		f.Add(line, []byte{127, 0, 0, 1}, uint16(80))
		f.Add(line, netip.IPv6Loopback().AsSlice(), uint16(512))
	}
	f.Fuzz(func(t *testing.T, line string, rawAddr []byte, port uint16) {
		addr, ok := netip.AddrFromSlice(rawAddr)
		if !ok || port == 0 || len(line) >= 298 || strings.Contains(line, "\n") {
			return
		}
		want := modelLine(line, addr, port)
		if got := byUID(line, addr, port).Verdict == policy.Permit; got != want {
			t.Errorf("%q permits %s port %d: %v, want %v", line, addr, port, got, want)
		}
	})
}
