package helper

import (
	"bytes"
	"net/netip"
	"testing"
)

// An accepted frame is exactly the frame of what it was parsed to.
func FuzzParseRequest(f *testing.F) {
	f.Add(AppendRequest(nil, Request{Addr: netip.MustParseAddrPort("192.0.2.1:80"), Claim: Claim{Program: "a", Mode: 1}}))
	f.Add(AppendRequest(nil, Request{Addr: netip.MustParseAddrPort("[::1]:53"), ScopeID: 1, Authbind: true}))
	f.Add([]byte("GBND\x01\x02\x00\x40"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRequest(b); err == nil && !bytes.Equal(AppendRequest(nil, r), b) {
			t.Errorf("%q is accepted as %+v, whose frame is another", b, r)
		}
	})
}

func FuzzParseReply(f *testing.F) {
	f.Add(AppendReply(nil, Reply{Verdict: Permit, Reason: ReasonLine, Source: Source{"/etc/authbind/byuid/1", 2, 0}}))
	f.Add(AppendHello(nil, StatusReady))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseReply(b); err == nil && !bytes.Equal(AppendReply(nil, r), b) {
			t.Errorf("%q is accepted as %+v, whose frame is another", b, r)
		}
	})
}

func FuzzParseHello(f *testing.F) {
	f.Add(AppendHello(nil, StatusNosuid))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseHello(b); err == nil && !bytes.Equal(AppendHello(nil, s), b) {
			t.Errorf("%q is accepted as %v, whose frame is another", b, s)
		}
	})
}
