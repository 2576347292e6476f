package judge

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// noTree is a policy directory with nothing in it.
type noTree struct{ dir string }

func (t noTree) Dir() string                         { return t.dir }
func (t noTree) Open() policy.Fault                  { return policy.Fault{} }
func (t noTree) Access(string) policy.Fault          { return policy.Fault{Errno: policy.ENOENT} }
func (t noTree) ByUID(string) ([]byte, policy.Fault) { return nil, policy.Fault{Errno: policy.ENOENT} }

// noNames knows tomcat and the group web, and no service.
type noNames struct{}

func (noNames) User(name string) (uint32, bool)                { return 1007, name == "tomcat" }
func (noNames) Group(name string) (uint32, bool)               { return 2000, name == "web" }
func (noNames) Service(string, policy.Protocol) (uint16, bool) { return 0, false }
func (noNames) HasUser(uid uint32) bool                        { return uid == 1007 }
func (noNames) HasGroup(gid uint32) bool                       { return gid == 2000 }

// files are rules files, the last first, as they are asked.
func files(texts ...string) policy.Rules {
	return func(yield func(policy.RuleFile) bool) {
		for i, text := range slices.Backward(texts) {
			name := fmt.Sprintf("%d.rules", i)
			rules, err := policy.ParseRules(name, []byte(text), noNames{})
			if !yield(policy.RuleFile{File: name, Rules: rules, Names: noNames{}, Fault: err}) {
				return
			}
		}
	}
}

// judged is what becomes of tomcat's request.
func judged(rules policy.Rules, addr string, port uint16) Judgement {
	req := policy.Request{
		Subject:  policy.Subject{UID: 1007, GID: 1007, Groups: []uint32{2000}},
		Protocol: policy.ProtocolTCP, Addr: netip.MustParseAddr(addr), Port: port,
	}
	trail := &trail{}
	d := trail.evaluate(req, rules, noTree{"/none/1"}, noTree{"/none/2"})
	return Judgement{req, d, trail.steps(d)}
}

// inWords are the steps about rules in short.
func inWords(t *testing.T, j Judgement) string {
	t.Helper()
	fs, err := tree.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	var all []string
	for _, e := range Explain(fs, j) {
		if e.Kind != Rules {
			continue
		}
		text := e.File + " " + string(e.Said)
		for _, l := range e.Lines {
			text += fmt.Sprintf(" %d:%s:%s", l.Number, l.Why, l.Of)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// Each file of rules says what its lines say, as far as it was asked.
func TestRuleSteps(t *testing.T) {
	for _, c := range []struct {
		rules []string
		addr  string
		want  string
	}{
		{nil, "127.0.0.1", ""},
		{[]string{"permit tomcat tcp *:80"}, "127.0.0.1", "0.rules permits 1:matches:127.0.0.1"},
		{[]string{"permit tomcat tcp *:80\ndeny * any *:*", "# none"}, "::1", "1.rules silent; 0.rules denies 2:matches:::1"},
		{[]string{"permit * any *:*", "permit tomcat tcp 127.0.0.1:80"}, "::ffff:127.0.0.1", "1.rules permits 1:matches:127.0.0.1"},
		{[]string{"permit tomcat udp *:80\npermit tomcat tcp 127.0.0.2:80\npermit :web tcp *:81\npermit catalina tcp *:80\ndeny tomcat tcp *:81"}, "127.0.0.1",
			"0.rules silent 4:unknown-name:127.0.0.1 3:other-port:127.0.0.1 2:other-address:127.0.0.1 1:other-protocol:127.0.0.1"},
		{[]string{"permit tomcat tcp *:80"}, "::", "0.rules permits 1:matches::: 1:matches:0.0.0.0"},
		{[]string{"permit tomcat tcp 0.0.0.0:80", "permit tomcat tcp [::]:80"}, "::", "1.rules one-family 1:matches:::; 0.rules permits 1:matches:0.0.0.0"},
		{[]string{"permit tomcat tcp [::]/0:80"}, "::", "0.rules one-family 1:matches:::"},
		{[]string{"deny * tcp 0.0.0.0:80\npermit tomcat tcp [::]/0:80"}, "::", "0.rules denies 2:matches::: 1:matches:0.0.0.0"},
		{[]string{"permit tomcat tcp *:80", "deny"}, "::1", "1.rules malformed"},
	} {
		if got := inWords(t, judged(files(c.rules...), c.addr, 80)); got != c.want {
			t.Errorf("%q, %s:\n%s\nwant\n%s", c.rules, c.addr, got, c.want)
		}
	}
}

// After a refusal policy asks the last tree for authbind's errno: that is no step.
func TestNoStepAfterDecision(t *testing.T) {
	for _, c := range []struct {
		rules string
		want  int
	}{
		{"deny * any *:*", 1}, {"nonsense", 1}, {"permit * any *:*", 1}, {"", 9},
	} {
		if j := judged(files(c.rules), "127.0.0.1", 80); len(j.Steps) != c.want {
			t.Errorf("%q: %d steps, want %d: %+v", c.rules, len(j.Steps), c.want, j.Steps)
		}
	}
	unsafe := func(yield func(policy.RuleFile) bool) {
		_ = yield(policy.RuleFile{File: "x.rules", Fault: policy.Fault{Errno: policy.EACCES, Unsafe: true}})
	}
	j := judged(unsafe, "127.0.0.1", 80)
	if len(j.Steps) != 1 || said(j.Steps[0]) != Unsafe {
		t.Errorf("unsafe: %+v", j.Steps)
	}
}

// What the steps say adds up to the decision, whatever the rules.
func TestStepsAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // not a secret
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	seen := map[policy.Reason]int{}
	for range 1500 {
		var texts []string
		for range random.IntN(4) {
			var text string
			for range random.IntN(4) {
				text += strings.Join([]string{
					pick("permit", "permit", "deny"), pick("tomcat", ":web", "*", "1008", "nobody", ":none"), pick("tcp", "udp", "any"),
					pick("*", "127.0.0.1", "0.0.0.0", "[::]", "[::1]", "0.0.0.0/0", "[::]/0") + ":" + pick("80", "81", "*", "1-100"),
				}, " ") + "\n"
			}
			texts = append(texts, text+pick("", "", "", "", "", "nonsense\n"))
		}
		j := judged(files(texts...), pick("127.0.0.1", "::", "::1", "::ffff:127.0.0.1", "0.0.0.0"), 80)
		words := inWords(t, j)
		last := Silent
		if words != "" {
			last = Said(strings.Fields(words[strings.LastIndexByte(words, ';')+1:])[1])
		}
		half := strings.Contains(words, string(OneFamily))
		ok := map[policy.Reason]bool{
			policy.ReasonRule:      last == Permits && j.Decision.Verdict == policy.Permit || last == Denies && j.Decision.Verdict == policy.Deny,
			policy.ReasonSyntax:    last == Malformed,
			policy.ReasonDualStack: half,
			policy.ReasonNoRule:    last == Silent && !half,
		}
		if !ok[j.Decision.Reason] {
			t.Fatalf("%q, %s: %+v by %s", texts, j.Request.Addr, j.Decision, words)
		}
		seen[j.Decision.Reason]++
	}
	if len(seen) != 4 {
		t.Errorf("decisions: %v", seen)
	}
}
