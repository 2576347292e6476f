package kernel

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/policy"
)

// random makes policies and requests of few values, so that they meet.
type random struct{ *rand.Rand }

func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

func (r random) who() policy.Who {
	switch r.IntN(8) {
	case 0:
		return policy.Who{}
	case 1:
		return policy.Who{Kind: pick(r, policy.User, policy.Group), Name: "stranger", Unknown: true}
	case 2, 3, 4:
		return policy.Who{Kind: policy.Group, ID: pick(r, testenv.WebGroup, testenv.Alice.GID, testenv.Bob.GID, stranger.GID, 61999, many.Groups[len(many.Groups)-1])}
	default:
		return policy.Who{Kind: policy.User, ID: pick(r, testenv.Alice.UID, testenv.Bob.UID, testenv.Carol.UID, stranger.UID, 61999)}
	}
}

func (r random) prefix() netip.Prefix {
	text := pick(r, "", "0.0.0.0/0", "::/0", "127.0.0.0/8", "127.0.0.1/32", "127.0.0.0/30", "0.0.0.0/32", "::/128",
		"::1/128", "2001:db8::/32", "2001:db8::/127", "2001:db8::1/128", "::/64", "192.0.2.0/24", "192.0.2.128/25", "128.0.0.0/1")
	if text == "" {
		return netip.Prefix{}
	}
	return netip.MustParsePrefix(text)
}

// A port is often one of few, and sometimes at the edge of something.
func (r random) port() uint16 {
	return pick(r, 80, 80, 443, 443, 511, 512, 513, 1, 2, 1023, 1022, uint16(1+r.IntN(1023)))
}

func (r random) ports() policy.PortRange {
	switch r.IntN(4) {
	case 0:
		return policy.PortRange{Min: 1, Max: 65535}
	case 1:
		a, b := r.port(), r.port()
		return policy.PortRange{Min: min(a, b), Max: max(a, b)}
	default:
		p := r.port()
		return policy.PortRange{Min: p, Max: p}
	}
}

func (r random) rule(i int) policy.Rule {
	sets := [][]policy.Protocol{
		{policy.ProtocolTCP}, {policy.ProtocolUDP}, {policy.ProtocolSCTP}, {policy.ProtocolTCP, policy.ProtocolUDP},
		{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP},
	}
	rule := policy.Rule{
		Verdict: pick(r, policy.Permit, policy.Permit, policy.Deny), Who: r.who(), Protocols: pick(r, sets...),
		Source: policy.Source{File: "rules", Line: i + 1},
	}
	for range 1 + r.IntN(2) {
		w := policy.Where{Prefix: r.prefix(), Ports: []policy.PortRange{r.ports()}}
		if r.IntN(3) == 0 {
			w.Ports = append(w.Ports, r.ports())
		}
		rule.Where = append(rule.Where, w)
	}
	return rule
}

// files are some files of rules; now and then one of them cannot be believed.
func (r random) files() []policy.RuleFile {
	var files []policy.RuleFile
	for i := range 1 + r.IntN(3) {
		f := policy.RuleFile{File: fmt.Sprintf("/etc/gobind/rules.d/%d.rules", i), Names: testNames{}}
		for line := range r.IntN(7) {
			f.Rules = append(f.Rules, r.rule(line))
		}
		if r.IntN(25) == 0 {
			f = policy.RuleFile{File: f.File, Fault: policy.Fault{Errno: policy.EACCES, Unsafe: true}}
		}
		files = append(files, f)
	}
	return files
}

func (r random) request() policy.Request {
	return request(pick(r, policy.ProtocolTCP, policy.ProtocolUDP), pick(r,
		"127.0.0.1", "127.0.0.2", "127.0.0.4", "0.0.0.0", "192.0.2.1", "192.0.2.200", "10.1.2.3",
		"::", "::", "::1", "2001:db8::", "2001:db8::1", "2001:db8::2", "2001:db9::1",
		"::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:192.0.2.200", "::ffff:0:127.0.0.1", "::127.0.0.1"), r.port())
}

// stranger is a user without a name, whose group has none either; many is in as
// many groups as the programs look at.
var (
	stranger = testenv.User{Name: "stranger", UID: 61777, GID: 61778}
	many     = testenv.User{Name: "many", UID: 61779, GID: testenv.Bob.GID, Groups: series(70001, MaxGroups)}
)

func series(from uint32, n int) []uint32 {
	var list []uint32
	for i := range n {
		list = append(list, from+uint32(i))
	}
	return list
}

// testNames are the users and groups of the test world that have a name.
type testNames struct{}

var (
	namedUsers  = []uint32{0, testenv.Alice.UID, testenv.Bob.UID, testenv.Carol.UID, many.UID}
	namedGroups = append(series(70001, MaxGroups-1), 0, testenv.Alice.GID, testenv.Bob.GID, testenv.Carol.GID, testenv.WebGroup)
)

func (testNames) User(string) (uint32, bool)                     { return 0, false }
func (testNames) Group(string) (uint32, bool)                    { return 0, false }
func (testNames) Service(string, policy.Protocol) (uint16, bool) { return 0, false }
func (testNames) HasUser(id uint32) bool                         { return slices.Contains(namedUsers, id) }
func (testNames) HasGroup(id uint32) bool                        { return slices.Contains(namedGroups, id) }

// subjectOf is what a user is to policy.
func subjectOf(u testenv.User) policy.Subject {
	return policy.Subject{UID: u.UID, GID: u.GID, Groups: u.Groups}
}

// count is how many policies a random test tries.
func count(tb testing.TB, usual int) int {
	text := os.Getenv("GOBIND_KERNEL_COUNT")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// firstSeed is that of the random policies: another with each run of make
// test-policies.
func firstSeed(tb testing.TB) uint64 {
	text := os.Getenv("GOBIND_KERNEL_SEED")
	if text == "" {
		return 1
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return seed
}

// Whatever the rules, real binds of real users end as policy says.
func TestRandomRules(t *testing.T) {
	r := newRoom(t)
	seed := firstSeed(t)
	t.Logf("seed %d", seed)
	random := random{rand.New(rand.NewPCG(seed, 0))}
	users := []testenv.User{testenv.Alice, testenv.Bob, testenv.Carol, stranger, many}
	var probers []prober
	for _, u := range users {
		probers = append(probers, r.prober(u))
	}
	r.enable(r.compile())
	permitted := 0
	for range count(t, 300) {
		p := Policy{Rules: random.files(), UIDs: namedUsers, GIDs: namedGroups}
		r.reload(p)
		for range 30 {
			i := random.IntN(len(users))
			req := random.request()
			req.Subject = subjectOf(users[i])
			want := policy.Evaluate(req, lastFirst(p.Rules))
			errno := probers[i].bind(t, req)
			r.asks(req, errno)
			if (errno == 0) != (want.Verdict == policy.Permit) || errno != 0 && errno != unix.EACCES {
				t.Fatalf("%s binds %s %s:%d: %v, and policy says %+v of\n%s", users[i].Name, req.Protocol, req.Addr, req.Port, errno, want, say(p.Rules))
			}
			if errno == 0 {
				permitted++
			}
		}
	}
	t.Logf("%d permitted", permitted)
}

// lastFirst are the files in the order in which policy evaluates them.
func lastFirst(files []policy.RuleFile) policy.Rules {
	return func(yield func(policy.RuleFile) bool) {
		for _, f := range slices.Backward(files) {
			if !yield(f) {
				return
			}
		}
	}
}

func say(files []policy.RuleFile) string {
	text := ""
	for _, f := range files {
		text += fmt.Sprintf("%s: %v\n", f.File, f.Fault)
		for _, rule := range f.Rules {
			text += fmt.Sprintf("%+v\n", rule)
		}
	}
	return text
}

func (r *room) reload(p Policy) {
	r.Helper()
	c, err := Compile(p)
	if err == nil {
		err = r.install(c)
	}
	if err != nil {
		r.Fatal(err)
	}
}

func netipAddrPort(r policy.Request) netip.AddrPort { return netip.AddrPortFrom(r.Addr, r.Port) }

// asks fails unless Ask says what came of a bind.
func (r *room) asks(req policy.Request, errno unix.Errno) {
	r.Helper()
	if waived, err := Ask(r.place.Pins, req); err != nil || waived != (errno == 0) {
		r.Fatalf("%+v: %v, and Ask says %v, %v", req, errno, waived, err)
	}
}
