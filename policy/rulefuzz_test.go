package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/policy"
)

// Whatever a rules file holds: its first bad line is the model's; what is accepted
// parses to the same when it is written again; and the rules say of requests what
// the model says.
func FuzzParseRules(f *testing.F) {
	for _, text := range []string{
		"", "\n", "# c\n\n \t", "permit * any *:*", "permit alice tcp *:80,443\ndeny :web udp,sctp [fe80::]/10:547 10.0.0.0/8:1-1023 # c\n",
		"permit jürgen any [::1]:http,domain\r\n", "permit ghost any 0.0.0.0/0:*\ndeny ghost any *:*\ndeny :ghost any *:*",
		"permit 4294967294 any 0.0.0.0:65535\npermit 4294967295 any *:1", "permit * any [::ffff:1.2.3.4]:80", "permit * any [::1%lo]:80",
		"permit * any 1.2.3.4/24:80", "permit * any [::]/128:80", "permit * tcp,any *:1", "permit * any *:two,80-", "permit * any *:80#c",
		`permit DOM\carol any *:9pfs`, "permit * any *:1-2-3", "deny * any [::]:*\npermit * any 0.0.0.0:*", "permit alice any *:80\x00",
		"permit * any *:80 #" + strings.Repeat("x", 4078), "permit * any *:*,80-80,1-65535",
	} {
		f.Add(text, []byte{127, 0, 0, 1}, uint16(80), uint32(uid))
		f.Add(text, netip.IPv6Unspecified().AsSlice(), uint16(443), uint32(5000))
	}
	f.Fuzz(func(t *testing.T, text string, rawAddr []byte, port uint16, id uint32) {
		addr, ok := netip.AddrFromSlice(rawAddr)
		if !ok || port == 0 || len(text) > 1<<14 {
			return
		}
		rules := checkParsed(t, text)
		again, err := policy.ParseRules("a", []byte(rewritten(rules)), fakeNames{})
		if diff := cmp.Diff(rules, again, byText); len(rules) > 0 && diff != "" || err != nil {
			t.Errorf("%q, written in its one form: %v\n%s", text, err, diff)
		}
		for _, protocol := range []policy.Protocol{policy.ProtocolTCP, policy.ProtocolSCTP, 0} {
			req := policy.Request{
				Subject: policy.Subject{UID: id, GID: id, Groups: []uint32{2000, id}}, Protocol: protocol, Addr: addr, Port: port,
			}
			checkFor(t, req.Subject, text)
			checkSaid(t, req, text)
			checkSaid(t, req, "permit :web udp,tcp 0.0.0.0/0:*", text, "permit * tcp [::]:1-443")
		}
	})
}
