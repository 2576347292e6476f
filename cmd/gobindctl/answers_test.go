package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/account"
	"gobind/internal/auditlog"
	"gobind/internal/convert"
	"gobind/internal/judge"
	"gobind/internal/kernel"
	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
)

// What answers say that depends on the machine, or is rare.
func TestAnswerWords(t *testing.T) {
	var all strings.Builder
	show := func(name string, answer func(u *ui)) {
		var stderr bytes.Buffer
		u := newUI(&bytes.Buffer{}, &stderr)
		answer(u)
		fmt.Fprintf(&all, "== %s\n%s%s", name, u.out.String(), stderr.String())
	}
	local := netip.MustParseAddr("127.0.0.1")
	show("who", func(u *ui) {
		must(t, u.who("80", []holder{
			{Protocol: "tcp", Address: local, Port: 80, State: "time-wait", User: "root", Orphan: true},
			{Protocol: "tcp", Address: local, Port: 80, State: "listen", User: "gbbob"},
			{Protocol: "tcp", Address: local, Port: 80, State: "listen", User: "gbbob", PID: 7, Name: "na\x1bme"},
		}))
	})
	show("ps", func(u *ui) {
		must(t, u.ps([]supervised{
			{Supervisor: 7, Mode: "inplace", User: "gbbob"},
			{Supervisor: 8, Sure: true, Mode: "parent", Complete: true, Processes: []covered{{PID: 9, User: "gbbob", Name: "name"}}},
		}))
	})
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	show("log", func(u *ui) {
		must(t, u.log([]auditlog.Record{
			{Time: when, Trust: auditlog.Forged, Verdict: "permit", UID: 4711, Protocol: "tcp", Address: "127.0.0.1", Port: 80, Reason: "access", LeftOut: 3},
			{Time: when, Trust: auditlog.Unknown, Verdict: "deny", Protocol: "tcp", Address: "fe80::1", Scope: 2, Port: 80, Reason: "syntax", Source: "/F", Line: 1, Column: 2, Errno: 13},
			{Time: when, Trust: auditlog.Verified, Verdict: "deny", Reason: "no-rule", Kernel: &auditlog.Kernel{PID: 7, Program: "x", Lost: 5}},
		}, account.Files{}))
	})
	show("kernel", func(u *ui) {
		u.kernelLoaded(jsonKernel{Clauses: 1})
		u.kernelProbed(jsonProbe{Works: true})
		u.kernelProbed(jsonProbe{Why: "WHY"})
		for _, k := range []jsonKernel{
			{Torn: true}, {}, {Enabled: true, Everything: true, Loaded: "TIME", Clauses: 2, Entries: 3, Limit: 1024, Omitted: []jsonOmitted{{"SOURCE", "WHY"}}},
			{Enabled: true, Current: true, Netns: 7}, {Enabled: true, Current: true, Cgroup: "/CGROUP"},
		} {
			u.kernelStatus(k)
		}
		u.kernelDisabled()
	})
	show("permit", func(u *ui) {
		u.permit(&change{File: "FILE", PermittedBy: []source{{File: "OTHER", Line: 1}}, DualStack: true}, nil)
		u.permit(&change{File: "FILE", Overruled: true, OverruledBy: []source{{File: "LATER", Line: 1}}}, nil)
		u.permit(&change{File: "FILE", Changed: true, Lines: []line{{"added", 1, "RULE"}}, OverruledBy: []source{{File: "LATER", Line: 1}}}, nil)
	})
	show("revoke", func(u *ui) {
		u.revoke(&change{File: "FILE", PermittedBy: []source{{File: "OTHER"}, {File: "OTHER", Line: 2, Maybe: true}}, Hidden: []string{"HIDDEN"}}, nil, "RULE")
	})
	show("edit", func(u *ui) {
		u.edited(&edited{File: "FILE", Changed: true, Unknown: []source{{File: "FILE", Line: 1}}})
		u.edited(&edited{File: "FILE"})
		fmt.Fprintln(&u.out, editQuestion)
	})
	show("import", func(u *ui) {
		u.imported("/DIR", "FILE", convert.Result{Notes: []convert.Note{{Kind: convert.Unasked, File: "/DIR/x", Line: 1}}})
		u.out.WriteString(rulesText("/DIR", convert.Result{}))
	})
	show("nothing", func(u *ui) {
		must(t, errors.Join(u.who("80", nil), u.ps(nil), u.log(nil, account.Files{})))
		u.lint(nil)
	})
	show("explain", func(u *ui) {
		for _, req := range []policy.Request{{Port: 80}, {Port: 600, Subject: policy.Subject{UID: 4711}}} {
			var a answer
			a.Request = req
			e := judge.Explanation{Step: judge.Step{Kind: judge.Access}, Said: judge.Denies, Blocked: "/DIR", Entry: tree.Entry{NoExec: true}}
			e.Entry.Stat.Mode = unix.S_IFREG | 0o755
			said, details := explainWords(account.Files{}, a, e)
			fmt.Fprintln(&u.out, said, strings.Join(details, "\n"))
			said, details = explainWords(account.Files{}, a, judge.Explanation{Step: judge.Step{Kind: judge.Access}, Said: judge.NotThere, Twin: "/TWIN"})
			fmt.Fprintln(&u.out, said, strings.Join(details, "\n"))
		}
		fmt.Fprintln(&u.out, saidTexts[judge.Malformed], saidTexts[judge.CannotRead])
	})
	testenv.Golden(t, "answers.golden", all.String())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Errors of files by what could not be done, and of the kernel backend.
func TestMoreErrors(t *testing.T) {
	list := []error{kernel.ErrEnabled, kernel.ErrDisabled, kernel.ErrForeign, kernel.ErrWatched, kernel.ErrTorn, kernel.ErrNoCgroup2, kernel.ErrNoWaiver, errNoCommand}
	for _, op := range []string{"open", "stat", "read", "write", "create", "rename", "mkdir", "chmod", "lock", "unlink", "enter", "sync"} {
		list = append(list, &fs.PathError{Op: op, Path: "/PATH\x1b", Err: unix.EIO})
	}
	var all strings.Builder
	for _, err := range list {
		for _, json := range []bool{false, true} {
			var stderr bytes.Buffer
			u := newUI(&bytes.Buffer{}, &stderr)
			u.json = json
			status := u.fail(err)
			fmt.Fprintf(&all, "%d\n%s", status, stderr.String())
		}
	}
	testenv.Golden(t, "files.golden", all.String())
}
