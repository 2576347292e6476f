package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/account"
	"gobind/internal/grants"
	"gobind/internal/inkernel"
	"gobind/internal/judge"
	"gobind/internal/kernel"
	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
)

// answerOf is a refusal, or a permit, of gbalice's, made up.
func answerOf(d policy.Decision, last judge.Explanation) answer {
	a := answer{Explained: []judge.Explanation{last}}
	a.Request = policy.Request{
		Subject: policy.Subject{UID: 61001, GID: 61001}, Protocol: policy.ProtocolTCP, Addr: netip.IPv6Unspecified(), Port: 600,
	}
	a.Decision = d
	return a
}

// Every decision, step, line and note of check, and every error, in words.
func TestCheckWords(t *testing.T) {
	var all strings.Builder
	line := policy.Source{File: "/etc/gobind/rules.d/50-x.rules", Line: 7}
	file := policy.Source{File: "/etc/gobind/byport/!600"}
	access := judge.Explanation{Step: judge.Step{Kind: judge.Access, File: file.File, Fault: policy.Fault{Errno: policy.EACCES}}}
	blocked, noexec, twin := access, access, access
	blocked.Blocked = "/etc/gobind/byport"
	noexec.Entry = tree.Entry{NoExec: true, Stat: unix.Stat_t{Mode: unix.S_IFREG}}
	twin.Twin = "/etc/gobind/byport/600"
	near := judge.Explanation{Step: judge.Step{Kind: judge.ByUID, File: "/etc/gobind/byuid/!61001"},
		Lines: []judge.Line{{Number: 3, Text: " ::,600", Why: judge.Ignored, Better: "::,600"}}}
	for _, a := range []answer{
		{Kernel: 1024},
		answerOf(policy.Decision{Verdict: policy.Permit, Reason: policy.ReasonAccess, Source: file}, access),
		answerOf(policy.Decision{Verdict: policy.Permit, Reason: policy.ReasonLine, Source: line}, access),
		answerOf(policy.Decision{Verdict: policy.Permit, Reason: policy.ReasonRule, Source: line}, access),
		answerOf(policy.Decision{}, access), answerOf(policy.Decision{}, twin), answerOf(policy.Decision{}, near),
		answerOf(policy.Decision{Reason: policy.ReasonRule, Source: line}, access),
		answerOf(policy.Decision{Reason: policy.ReasonDualStack, Source: line}, access),
		answerOf(policy.Decision{Reason: policy.ReasonNotExecutable, Source: file}, access),
		answerOf(policy.Decision{Reason: policy.ReasonNotExecutable, Source: file}, blocked),
		answerOf(policy.Decision{Reason: policy.ReasonNotExecutable, Source: file}, noexec),
		answerOf(policy.Decision{Reason: policy.ReasonUnsafe, Source: file}, access),
		answerOf(policy.Decision{Reason: policy.ReasonError, Source: file}, access),
		answerOf(policy.Decision{Reason: policy.ReasonSyntax, Source: line, Syntax: &policy.RuleError{Source: line, Column: 5, Text: "no"}}, access),
	} {
		text, cure := reasonWords(a, "gbalice")
		fmt.Fprintf(&all, "%s\n\t%s\n", text, cure)
	}
	for _, said := range []judge.Said{
		judge.NotThere, judge.Silent, judge.Permits, judge.Denies, judge.OneFamily, judge.Unsafe, judge.CannotRead, judge.Malformed,
	} {
		for _, kind := range []judge.Kind{judge.Rules, judge.Tree, judge.Access, judge.ByUID} {
			e := judge.Explanation{Step: judge.Step{Kind: kind, Rules: &policy.RuleFile{Fault: &policy.RuleError{Source: line, Column: 5, Text: "no"}}}, Said: said}
			fmt.Fprintf(&all, "%s %s\n\t%s\n", kind, said, saidWords(e))
		}
	}
	for _, why := range []judge.Why{judge.Matches, judge.OtherAddress, judge.OtherPort, judge.OtherProtocol, judge.UnknownName, judge.Ignored} {
		fmt.Fprintf(&all, "%s\n\t%s\n", why, lineWords(answer{}, near, judge.Line{Number: 3, Text: "::,600\t", Why: why, Better: "::,600"}))
	}
	for _, n := range []note{noteNameless, noteLogin, noteKernel, noteRoot, noteKernelStale, noteKernelPart, noteKernelTorn} {
		fmt.Fprintf(&all, "%s\n\t%s\n", n, n.text())
	}
	for _, a := range []answer{
		{ByKernel: kernelPermits, Kernel: 1024}, {ByKernel: kernelPermits}, {ByKernel: kernelLeaves, Kernel: 1024}, {ByKernel: kernelUnknown}, {ByKernel: kernelLeaves},
	} {
		fmt.Fprintf(&all, "by-kernel %s %v\n\t%s\n", a.ByKernel, a.permitted(), byKernelWords(a))
	}
	for _, because := range []grants.Because{grants.NobodyElse, grants.Unsafe, grants.CannotRead, grants.Malformed} {
		e := grants.Entry{Because: because, Fault: policy.Fault{Errno: policy.EACCES}}
		if because == grants.Malformed {
			e.Fault = &policy.RuleError{Source: line, Column: 5, Text: "no"}
		}
		fmt.Fprintf(&all, "%s\n\t%s\n", because, becauseWords(e))
	}
	for _, verdict := range []policy.Verdict{policy.Permit, policy.Deny} {
		e := grants.Entry{Rule: policy.Rule{Verdict: verdict, Who: policy.Who{Kind: policy.User, Name: "x", Unknown: true}}}
		fmt.Fprintf(&all, "unknown-name\n\t%s\n", becauseWords(e))
	}
	for _, err := range []error{
		&inputError{statusData, noGroupError("x\x1b")}, &inputError{statusData, protocolError("x\x1b")}, &inputError{statusData, kindError("x\x1b")},
		&inputError{statusData, noAddressError(":80")}, &inputError{statusData, noAddressError(":x\x1b")},
		&inputError{statusData, placeError("")}, &inputError{statusData, placeError("x\x1b")}, &inputError{statusData, addressError("x\x1b")},
		&inputError{statusData, portError("x\x1b")}, &inputError{statusData, serviceError("x\x1b")},
		judge.ErrChanging, needsRoot(judge.ErrOthers, []string{"check", "o'neill", "tcp", "*:80"}),
		needsRoot(&judge.HiddenError{File: "/etc/gobind/byuid/1"}, []string{"list"}),
	} {
		var stderr bytes.Buffer
		status := newUI(&bytes.Buffer{}, &stderr).fail(err)
		fmt.Fprintf(&all, "%d\n%s", status, stderr.String())
	}
	testenv.Golden(t, "check.golden", all.String())
}

// What somebody may have written into policy does not reach a terminal as it is.
func TestCheckQuotes(t *testing.T) {
	fs, err := tree.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	u := newUI(&bytes.Buffer{}, &bytes.Buffer{})
	a := answerOf(policy.Decision{Source: policy.Source{File: "/etc/\x1b[2J"}, Reason: policy.ReasonUnsafe}, judge.Explanation{
		Step: judge.Step{Kind: judge.ByUID, File: "/etc/\x1b[2J"}, Twin: "/\x1b[2J",
		Lines: []judge.Line{{Number: 1, Text: "\x1b[2J", Why: judge.Ignored, Better: "\x1b[2J"}},
	})
	u.check(&place{fs: fs, accounts: account.Read(fs)}, policy.Subject{}, []answer{a}, nil, true)
	torn := &inKernel{changed: "\x1b", omitted: []kernel.Omission{{Source: policy.Source{File: "\x1b"}}}, mark: inkernel.Mark{Cgroup: "\x1b"}}
	if err := u.list(grants.All{Entries: []grants.Entry{{Rule: policy.Rule{
		Who: policy.Who{Kind: policy.User, Name: "\u009b"}, Source: policy.Source{File: "/\x1b"},
	}}}, Hidden: []string{"\x1b"}, Unused: []string{"\x1b"}, Closed: []string{"\x1b"}}, torn); err != nil {
		t.Fatal(err)
	}
	u.show(grants.All{Entries: []grants.Entry{{Rule: policy.Rule{
		Who: policy.Who{Kind: policy.User, Name: "\u009b"}, Source: policy.Source{File: "/\x1b"},
	}}}}, torn)
	if out := u.out.String(); strings.ContainsAny(out, "\x1b\u009b") {
		t.Errorf("not quoted: %q", out)
	}
	if os.Getenv("NO_COLOR") == "" {
		u.out.Reset()
		u.color = true
		if word := u.verdict(true); !strings.HasPrefix(word, "\x1b[32mpermitted:") {
			t.Errorf("no colour: %q", word)
		}
	}
}
