package compliance

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/account"
	"gobind/internal/grants"
	"gobind/internal/judge"
	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
	"gobind/test/netns"
)

// What gobindctl check says is what the helper says: verdict, file and line. The first
// entry of gobindctl list that is about a request says the same verdict.
// Random policies, asked for by real users, of the real helper and of package judge. GOBIND_JUDGE_COUNT is how many requests (make
// test-judge: 200,000), GOBIND_JUDGE_SEED the first of the policies' seeds.
func TestJudge(t *testing.T) {
	prefix := testenv.Install(t)
	path := prefix.Helper()
	count, seed := number("GOBIND_JUDGE_COUNT", 2_000), number("GOBIND_JUDGE_SEED", 1)
	var asked int
	seen := map[helper.Reason]int{}
	for ; asked < count; seed++ {
		random := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // repeatable
		randomPolicy(t, random)
		for _, who := range append(askers, testenv.Root) {
			requests := some(who, random)
			judged, err := judge.Policy{Dirs: []string{ourDir, policyDir}}.Judge(asSubject(who), requests...)
			if err != nil {
				t.Fatal(err)
			}
			replies := askHelper(t, path, who, requests)
			all := listed(t)
			for i, j := range judged {
				if said, want := sayDecision(j.Decision), sayReply(replies[i]); said != want {
					t.Errorf("seed %d: %s, %s %s:%d: gobindctl says %s, the helper %s\n%+v\n%s", seed, who.Name,
						j.Request.Protocol, j.Request.Addr, j.Request.Port, said, want, j.Steps, listing(t))
				}
				if file := j.Decision.Source.File; file != "" && !slices.ContainsFunc(j.Steps, func(s judge.Step) bool { return s.File == file }) {
					t.Errorf("seed %d: no step is about %s: %+v", seed, file, j.Steps)
				}
				if got := decidedBy(all, j.Request); got != j.Decision.Verdict && len(all.Closed) == 0 && who.UID != 0 {
					t.Errorf("seed %d: %s, %s %s:%d: gobindctl list says %d, policy %+v\n%+v\n%s", seed, who.Name,
						j.Request.Protocol, j.Request.Addr, j.Request.Port, got, j.Decision, all, listing(t))
				}
				seen[replies[i].Reason]++
			}
			asked += len(requests)
			one := random.IntN(len(requests))
			if random.IntN(3) == 0 {
				checkByProgram(t, prefix.Gobindctl(), who, requests[one], replies[one].Verdict == helper.Permit)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d requests, by the helper's reason: %v", asked, seen)
	for _, r := range []helper.Reason{helper.ReasonNoRule, helper.ReasonAccess, helper.ReasonLine, helper.ReasonNotExecutable,
		helper.ReasonUnsafe, helper.ReasonRule, helper.ReasonSyntax} {
		if asked > 10_000 && seen[r] < asked/1000 {
			t.Errorf("%d of %d requests have reason %d: not much of a test", seen[r], asked, r)
		}
	}
}

// A helper with a file capability reads what its caller may read, and so does
// gobindctl check.
func TestJudgeFilecap(t *testing.T) {
	prefix := testenv.InstallMode(t, "filecap")
	resetPolicy(t)
	line := []byte("127.0.0.1,80\n")
	requests := []policy.Request{
		{Subject: asSubject(testenv.Alice), Protocol: policy.ProtocolTCP, Addr: netip.MustParseAddr("127.0.0.1"), Port: 80},
	}
	for mode, permitted := range map[os.FileMode]bool{0o600: false, 0o644: true} {
		change(t, os.WriteFile(ourDir+"/byuid/61001", line, mode))
		change(t, os.Chmod(ourDir+"/byuid/61001", mode))
		judged, err := judge.Policy{Dirs: []string{ourDir, policyDir}, Filecap: true}.Judge(asSubject(testenv.Alice), requests...)
		if err != nil {
			t.Fatal(err)
		}
		reply := askHelper(t, prefix.Helper(), testenv.Alice, requests)[0]
		if said, want := sayDecision(judged[0].Decision), sayReply(reply); said != want || (reply.Verdict == helper.Permit) != permitted {
			t.Errorf("mode %o: gobindctl says %s, the helper %s", mode, said, want)
		}
		for _, asker := range []testenv.User{testenv.Root, testenv.Alice} {
			cmd := asker.Command(prefix.Gobindctl(), "check", "gbalice", "tcp", "127.0.0.1:80")
			out, err := cmd.CombinedOutput()
			if want := map[bool]int{true: 0, false: 2}[permitted]; cmd.ProcessState.ExitCode() != want {
				t.Errorf("mode %o, %s: gobindctl check: %v, want %d\n%s", mode, asker.Name, err, want, out)
			}
		}
	}
}

// checkByProgram asks gobindctl check, as root and as the user, who may get no
// answer.
func checkByProgram(t *testing.T, ctl string, who testenv.User, r policy.Request, permitted bool) {
	t.Helper()
	groups := fmt.Sprint(who.GID)
	for _, g := range who.Groups {
		groups += fmt.Sprint(",", g)
	}
	args := []string{
		"check", fmt.Sprint(who.UID), r.Protocol.String(), netip.AddrPortFrom(r.Addr, r.Port).String(), "--groups=" + groups,
	}
	for _, asker := range []testenv.User{testenv.Root, who} {
		cmd := asker.Command(ctl, args...)
		cmd.Dir = "/"
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status := cmd.ProcessState.ExitCode()
		said := status == 0 || status == 1 || status == 2
		if said && (status == 0) != permitted || !said && (status != 77 || asker.UID == 0) {
			t.Errorf("%s: gobindctl %v: exit status %d, and the helper permits: %v\n%s\n%s", asker.Name, args, status, permitted, out, listing(t))
		}
	}
}

// listed is what gobindctl list lists.
func listed(t *testing.T) grants.All {
	t.Helper()
	dirs := []string{ourDir, policyDir}
	fs, err := tree.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	survey, err := judge.Policy{Dirs: dirs}.Survey(fs)
	if err != nil {
		t.Fatal(err)
	}
	return grants.Read(fs, account.Read(fs), survey, dirs)
}

// decidedBy is the verdict of the first entry that is about the request. Rules see
// an IPv4-mapped address as the IPv4 one, and [::] as two addresses.
func decidedBy(all grants.All, req policy.Request) policy.Verdict {
	open := []policy.Request{req}
	open[0].Addr = req.Addr.Unmap()
	if req.Addr == netip.IPv6Unspecified() {
		open = append(open, req)
		open[1].Addr = netip.IPv4Unspecified()
	}
	for _, e := range all.Entries {
		if e.Kind != grants.Rules && e.Matches(req) {
			return e.Verdict
		}
		if e.Kind != grants.Rules {
			continue
		}
		before := len(open)
		open = slices.DeleteFunc(open, e.Matches)
		if len(open) == 0 || len(open) < before && e.Verdict == policy.Deny {
			return e.Verdict
		}
	}
	return policy.Deny
}

func asSubject(u testenv.User) policy.Subject {
	return policy.Subject{UID: u.UID, GID: u.GID, Groups: u.Groups}
}

// some are requests for some of the addresses and ports, by one protocol or the other.
func some(u testenv.User, random *rand.Rand) []policy.Request {
	var all []policy.Request
	for range 30 {
		protocol := pick(random, []policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP})
		all = append(all, policy.Request{Subject: asSubject(u), Protocol: protocol, Addr: pick(random, addrs), Port: pick(random, ports)})
	}
	return all
}

func sayDecision(d policy.Decision) string {
	column := 0
	if d.Syntax != nil {
		column = d.Syntax.Column
	}
	return fmt.Sprintf("permitted %v, %s, column %d, reason %d", d.Verdict == policy.Permit, d.Source, column, reasonOf[d.Reason])
}

func sayReply(r helper.Reply) string {
	source := policy.Source{File: r.Source.File, Line: r.Source.Line}
	return fmt.Sprintf("permitted %v, %s, column %d, reason %d", r.Verdict == helper.Permit, source, r.Source.Column, r.Reason)
}

// reasonOf is the treaty's word for policy's.
var reasonOf = map[policy.Reason]helper.Reason{
	policy.ReasonNoRule: helper.ReasonNoRule, policy.ReasonAccess: helper.ReasonAccess, policy.ReasonLine: helper.ReasonLine,
	policy.ReasonNotExecutable: helper.ReasonNotExecutable, policy.ReasonUnsafe: helper.ReasonUnsafe, policy.ReasonError: helper.ReasonError,
	policy.ReasonRule: helper.ReasonRule, policy.ReasonSyntax: helper.ReasonSyntax, policy.ReasonDualStack: helper.ReasonDualStack,
}

// askHelper asks the helper, as who, and returns its replies.
func askHelper(t *testing.T, path string, who testenv.User, requests []policy.Request) []helper.Reply {
	t.Helper()
	var replies []helper.Reply
	conn, end := startHelper(t, path, who)
	for _, r := range requests {
		reply, err := ask(t, conn, r)
		for tries := 0; err != nil || reply.Reason == helper.ReasonRestart; tries++ { // it may not see its policy's age
			if tries == 8 {
				t.Fatalf("%s: no helper serves: %+v, %v\n%s", who.Name, reply, err, listing(t))
			}
			end()
			conn, end = startHelper(t, path, who)
			reply, err = ask(t, conn, r)
		}
		replies = append(replies, reply)
	}
	end()
	return replies
}

// ask asks for one bind, of a socket of its own.
func ask(t *testing.T, conn *client.Conn, r policy.Request) (helper.Reply, error) {
	t.Helper()
	domain, kind := unix.AF_INET6, unix.SOCK_DGRAM
	if r.Addr.Is4() {
		domain = unix.AF_INET
	}
	if r.Protocol == policy.ProtocolTCP {
		kind = unix.SOCK_STREAM
	}
	sock, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = netns.AnyAddress(sock, domain)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(sock) //nolint:errcheck // bound, and of no more use
	return conn.Bind(sock, netip.AddrPortFrom(r.Addr, r.Port), 0, false, helper.Claim{})
}

// randomPolicy fills both trees, or one, and writes rules.
func randomPolicy(t *testing.T, random *rand.Rand) {
	t.Helper()
	resetPolicy(t)
	if random.IntN(3) > 0 {
		randomTree(t, random)
		change(t, os.RemoveAll(ourDir))
		if _, err := os.Stat(policyDir); err == nil {
			change(t, os.Rename(policyDir, ourDir))
		}
		for _, dir := range []string{policyDir, inTree("byport"), inTree("byaddr"), inTree("byuid")} {
			change(t, os.MkdirAll(dir, 0o755))
		}
	}
	if random.IntN(3) > 0 {
		randomTree(t, random)
	}
	if _, err := os.Stat(ourDir); err == nil && random.IntN(3) > 0 {
		randomRules(t, random)
	}
}
