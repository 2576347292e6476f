package kernel

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/policy"
)

// rule is a rule for tests: one protocol, where and port.
func rule(v policy.Verdict, who policy.Who, p policy.Protocol, prefix string, low, high uint16) policy.Rule {
	r := policy.Rule{Verdict: v, Who: who, Protocols: []policy.Protocol{p}}
	var w policy.Where
	if prefix != "*" {
		w.Prefix = netip.MustParsePrefix(prefix)
	}
	w.Ports = []policy.PortRange{{Min: low, Max: high}}
	r.Where = []policy.Where{w}
	return r
}

func userWho(u testenv.User) policy.Who {
	return policy.Who{Kind: policy.User, ID: u.UID, Name: u.Name}
}

func request(p policy.Protocol, addr string, port uint16) policy.Request {
	return policy.Request{Protocol: p, Addr: netip.MustParseAddr(addr), Port: port}
}

func TestBinds(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile(
		rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "*", 80, 80),
		rule(policy.Permit, policy.Who{Kind: policy.Group, ID: testenv.WebGroup}, policy.ProtocolUDP, "127.0.0.0/8", 53, 99),
		rule(policy.Deny, userWho(testenv.Carol), policy.ProtocolUDP, "127.0.0.2/32", 54, 54),
	))
	alice, bob, carol, root := r.prober(testenv.Alice), r.prober(testenv.Bob), r.prober(testenv.Carol), r.prober(testenv.Root)
	for _, test := range []struct {
		who  prober
		name string
		req  policy.Request
		want unix.Errno
	}{
		{alice, "alice", request(policy.ProtocolTCP, "127.0.0.1", 80), 0},
		{alice, "alice", request(policy.ProtocolTCP, "::1", 80), 0},
		{alice, "alice", request(policy.ProtocolTCP, "::", 80), 0},
		{alice, "alice", request(policy.ProtocolUDP, "127.0.0.1", 80), 0},
		{alice, "alice", request(policy.ProtocolUDP, "::ffff:127.0.0.1", 80), 0},
		{alice, "alice", request(policy.ProtocolUDP, "::1", 80), unix.EACCES},
		{alice, "alice", request(policy.ProtocolTCP, "127.0.0.1", 81), unix.EACCES},
		{alice, "alice", request(policy.ProtocolTCP, "127.0.0.1", 8080), 0},
		{bob, "bob", request(policy.ProtocolTCP, "127.0.0.1", 80), unix.EACCES},
		{bob, "bob", request(policy.ProtocolUDP, "127.0.0.1", 53), unix.EACCES},
		{carol, "carol", request(policy.ProtocolUDP, "127.0.0.1", 54), 0},
		{carol, "carol", request(policy.ProtocolUDP, "127.0.0.2", 54), unix.EACCES},
		{carol, "carol", request(policy.ProtocolUDP, "127.0.0.2", 55), 0},
		{root, "root", request(policy.ProtocolUDP, "127.0.0.2", 54), 0},
	} {
		if got := test.who.bind(t, test.req); got != test.want {
			t.Errorf("%s binds %s %s:%d: %v, want %v", test.name, test.req.Protocol, test.req.Addr, test.req.Port, got, test.want)
		}
	}
}
