package client

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
)

// Whatever a helper sends, in however many messages: only a hello that says ready
// and a reply that permits this very request are a success.
func FuzzClient(f *testing.F) {
	ready := helper.AppendHello(nil, helper.StatusReady)
	bound := helper.AppendReply(nil, helper.Reply{ID: 1, Verdict: helper.Permit})
	f.Add(ready, bound)
	f.Add(bound, ready)
	f.Add(ready, helper.AppendReply(nil, helper.Reply{ID: 2, Verdict: helper.Permit}))
	f.Add(helper.AppendHello(nil, helper.StatusNosuid), bound)
	f.Add([]byte{}, []byte("GBND\x01\x03"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, frame := range [][]byte{first, second} {
			if err := unix.Sendmsg(pair[1], frame, nil, nil, unix.MSG_DONTWAIT); err != nil && err != unix.EMSGSIZE {
				t.Fatal(err)
			}
		}
		_ = unix.Shutdown(pair[1], unix.SHUT_WR)
		c := New(pair[0])
		reply, err := c.Bind(pair[0], netip.MustParseAddrPort("127.0.0.1:80"), 0, false, helper.Claim{})
		status, malformed := helper.ParseHello(first)
		parsed, malformed2 := helper.ParseReply(second)
		want := malformed == nil && malformed2 == nil && status == helper.StatusReady && parsed.ID == 1 && parsed.Bound()
		if got := err == nil && reply.Bound(); got != want {
			t.Errorf("%q, %q: %+v, %v", first, second, reply, err)
		}
		_ = c.Close()
		_ = unix.Close(pair[1])
	})
}
