package kernel

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/policy"
)

// While one policy takes the place of another, what both permit is never refused,
// and what neither permits is never permitted.
func TestReloadUnderLoad(t *testing.T) {
	r := newRoom(t)
	always := rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "127.0.0.0/8", 80, 80)
	both := []*Compiled{r.compile(always)}
	others := []policy.Rule{always}
	for port := range uint16(70) {
		others = append(others, rule(policy.Permit, userWho(testenv.Bob), policy.ProtocolTCP, "127.0.0.1/32", 100+port, 200+port))
	}
	others = append(others, rule(policy.Deny, policy.Who{Kind: policy.Group, ID: testenv.WebGroup}, policy.ProtocolTCP, "*", 81, 81))
	both = append(both, r.compile(others...))
	r.enable(both[0])
	var stop atomic.Bool
	var made atomic.Int64
	var load sync.WaitGroup
	for i := range 2 {
		p := r.prober(testenv.Alice)
		load.Go(func() {
			own := port80
			own.Addr = netip.AddrFrom4([4]byte{127, 0, 0, byte(10 + i)})
			for !stop.Load() {
				if got := p.bind(t, own); got != 0 {
					t.Errorf("what both permit: %v", got)
					return
				}
				if got := p.bind(t, port81); got != unix.EACCES {
					t.Errorf("what neither permits: %v", got)
					return
				}
				made.Add(2)
			}
		})
	}
	for i := range count(t, 40) {
		if err := r.install(both[(i+1)%2]); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	load.Wait()
	t.Logf("%d binds", made.Load())
}

// Policy that does not fit is refused, and what was there stays.
func TestTooLarge(t *testing.T) {
	var rules []policy.Rule
	for i := range uint16(3000) {
		rules = append(rules, rule(policy.Permit, policy.Who{}, policy.ProtocolTCP, "*", 1+i, 65535-i))
	}
	_, err := Compile(Policy{Rules: []policy.RuleFile{{Rules: rules}}})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

// The prefixes of a range are its ports, each once.
func TestPortPrefixes(t *testing.T) {
	for _, test := range [][2]int{{1, 65535}, {0, 65535}, {80, 80}, {1, 1023}, {512, 1023}, {3, 17}, {65535, 65535}, {1, 2}} {
		var got []int
		for _, p := range portPrefixes(test[0], test[1]) {
			for port := int(p.port); port <= int(p.port)|(1<<(16-p.bits)-1); port++ {
				got = append(got, port)
			}
		}
		var want []int
		for port := test[0]; port <= test[1]; port++ {
			want = append(want, port)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %v", test, portPrefixes(test[0], test[1]))
		}
	}
}

// As many rules as you like fit, and the last one counts.
func TestManyRules(t *testing.T) {
	r := newRoom(t)
	var rules []policy.Rule
	for i := range uint32(count(t, 20_000)) {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		rules = append(rules, rule(policy.Permit, policy.Who{Kind: policy.User, ID: 100_000 + i%5000}, policy.ProtocolTCP,
			addr.String()+"/32", uint16(1+i%1023), uint16(1+i%1023)))
	}
	rules = append(rules, rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "127.0.0.0/8", 80, 80))
	c := r.compile(rules...)
	r.enable(c)
	if got := r.prober(testenv.Alice).bind(t, port80); got != 0 {
		t.Error(got)
	}
	if got := r.prober(testenv.Alice).bind(t, port81); got != unix.EACCES {
		t.Error(got)
	}
	t.Logf("%d entries", c.Entries())
}
