package helper

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var byValue = cmpopts.EquateComparable(netip.AddrPort{})

// The bytes on the wire are docs/protocol.md's: a client in another language
// relies on them.
func TestLayout(t *testing.T) {
	got := AppendRequest(nil, Request{
		ID: 0x01020304, Authbind: true, Addr: netip.MustParseAddrPort("[2001:db8::1]:443"), ScopeID: 5,
		Claim: Claim{PID: 0x11223344, Program: "java", Mode: 2},
	})
	want := "GBND\x01\x02\x00\x40" + "\x01\x02\x03\x04" + "\x01\x06\x01\xbb" + "\x00\x00\x00\x05" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x11\x22\x33\x44" +
		"java\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x02\x00\x00\x00\x00\x00\x00\x00"
	if string(got) != want {
		t.Errorf("request:\n%q, want\n%q", got, want)
	}
	got = AppendRequest(nil, Request{ID: 1, Addr: netip.MustParseAddrPort("192.0.2.1:80")})
	want = "GBND\x01\x02\x00\x40" + "\x00\x00\x00\x01" + "\x00\x04\x00\x50" + "\x00\x00\x00\x00" +
		"\xc0\x00\x02\x01" + strings.Repeat("\x00", 40)
	if string(got) != want {
		t.Errorf("IPv4 request:\n%q, want\n%q", got, want)
	}
	got = AppendReply(nil, Reply{ID: 7, Verdict: Permit, Reason: ReasonLine, Errno: 98, Source: Source{"/f", 3, 5}})
	want = "GBND\x01\x03\x00\x1a" + "\x00\x00\x00\x07" + "\x01\x02\x00\x62" + "\x00\x00\x00\x03" + "\x00\x00\x00\x05" + "/f"
	if string(got) != want {
		t.Errorf("reply:\n%q, want\n%q", got, want)
	}
	got, want = AppendHello(nil, StatusReady), "GBND\x01\x01\x00\x10"+"\x01"+strings.Repeat("\x00", 7)
	if string(got) != want {
		t.Errorf("hello:\n%q, want\n%q", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, want := range []Request{
		{ID: 1, Addr: netip.MustParseAddrPort("0.0.0.0:80")},
		{ID: 2, Addr: netip.MustParseAddrPort("[::]:1"), Authbind: true},
		{ID: 3, Addr: netip.MustParseAddrPort("[::ffff:192.0.2.1]:1023")},
		{ID: 1<<32 - 1, Addr: netip.MustParseAddrPort("[fe80::1]:65535"), ScopeID: 1<<32 - 1},
		{Addr: netip.MustParseAddrPort("1.2.3.4:0"), Claim: Claim{PID: 9, Program: "sixteen bytes ok", Mode: 1}},
	} {
		got, err := ParseRequest(AppendRequest(nil, want))
		if err != nil {
			t.Errorf("%v: %v", want, err)
		}
		if diff := cmp.Diff(want, got, byValue); diff != "" {
			t.Error(diff)
		}
	}
	for _, want := range []Reply{
		{},
		{ID: 1, Verdict: Permit, Reason: ReasonAccess, Source: Source{File: "/etc/gobind/byport/80"}},
		{ID: 2, Verdict: Unserved, Reason: ReasonPort, Errno: 13},
		{ID: 3, Reason: ReasonDualStack, Errno: 13, Source: Source{File: "/etc/gobind/rules.d/1.rules", Line: 7}},
		{Source: Source{File: strings.Repeat("x", MaxFrame-replySize), Line: 1<<31 - 1}},
	} {
		got, err := ParseReply(AppendReply(nil, want))
		if err != nil {
			t.Errorf("%v: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// What does not fit is cut or left out, and never makes a frame that is not one.
func TestOversize(t *testing.T) {
	r, err := ParseRequest(AppendRequest(nil, Request{
		Addr: netip.MustParseAddrPort("1.2.3.4:5"), Claim: Claim{Program: strings.Repeat("p", 100)},
	}))
	if err != nil || r.Claim.Program != strings.Repeat("p", 16) {
		t.Errorf("long program name: %v, %v", r, err)
	}
	reply, err := ParseReply(AppendReply(nil, Reply{Source: Source{strings.Repeat("f", MaxFrame), -1, -1}}))
	if err != nil || reply.Source != (Source{}) {
		t.Errorf("long source: %v, %v", reply, err)
	}
}

// Every single damage to a frame is refused.
func TestMalformed(t *testing.T) {
	good := AppendRequest(nil, Request{Addr: netip.MustParseAddrPort("192.0.2.1:80"), Claim: Claim{Program: "a"}})
	damage := map[string]func([]byte) []byte{
		"empty":               func([]byte) []byte { return nil },
		"header only":         func(b []byte) []byte { return b[:headerSize] },
		"one byte short":      func(b []byte) []byte { return b[:len(b)-1] },
		"one byte long":       func(b []byte) []byte { return append(b, 0) },
		"magic":               func(b []byte) []byte { b[0] = 'g'; return b },
		"version 0":           func(b []byte) []byte { b[4] = 0; return b },
		"version 2":           func(b []byte) []byte { b[4] = 2; return b },
		"type hello":          func(b []byte) []byte { b[5] = typeHello; return b },
		"type 255":            func(b []byte) []byte { b[5] = 255; return b },
		"length":              func(b []byte) []byte { b[7]++; return b },
		"personality":         func(b []byte) []byte { b[12] = 2; return b },
		"family 0":            func(b []byte) []byte { b[13] = 0; return b },
		"family 10":           func(b []byte) []byte { b[13] = 10; return b },
		"IPv4 with a scope":   func(b []byte) []byte { b[19] = 1; return b },
		"IPv4 with 16 bytes":  func(b []byte) []byte { b[35] = 1; return b },
		"program after NUL":   func(b []byte) []byte { b[42] = 'b'; return b },
		"mode 3":              func(b []byte) []byte { b[56] = 3; return b },
		"reserved byte":       func(b []byte) []byte { b[57] = 1; return b },
		"last reserved byte":  func(b []byte) []byte { b[63] = 1; return b },
		"doubled":             func(b []byte) []byte { return append(b, b...) },
		"larger than a frame": func([]byte) []byte { return bytes.Repeat([]byte{'G'}, MaxFrame+1) },
	}
	for name, spoil := range damage {
		if r, err := ParseRequest(spoil(bytes.Clone(good))); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v, %v, want ErrFrame", name, r, err)
		}
	}
	if _, err := ParseRequest(good); err != nil {
		t.Error("the undamaged frame:", err)
	}
}

// A reply's errno is one that a program takes for an error.
func TestReplyErrno(t *testing.T) {
	for errno, want := range map[uint16]bool{0: true, 1: true, 4095: true, 4096: false, 5000: false, 65535: false} {
		for _, verdict := range []Verdict{Deny, Permit, Unserved} {
			r, err := ParseReply(AppendReply(nil, Reply{Verdict: verdict, Errno: errno}))
			if (err == nil) != want || err != nil && (!errors.Is(err, ErrFrame) || r != Reply{}) {
				t.Errorf("errno %d: %+v, %v", errno, r, err)
			}
		}
	}
}

func TestZeroValuesDeny(t *testing.T) {
	var r Reply
	if r.Verdict != Deny || r.Bound() {
		t.Errorf("the zero reply: %+v", r)
	}
	if (Reply{Verdict: Permit, Errno: 1}).Bound() || !(Reply{Verdict: Permit}).Bound() {
		t.Error("Bound is not Permit without errno")
	}
	var s Status
	if s == StatusReady {
		t.Error("the zero status is ready")
	}
}
