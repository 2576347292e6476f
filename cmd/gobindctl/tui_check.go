package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/account"
	"gobind/internal/judge"
	"gobind/policy"
)

// asRoot is a command that is for root.
func asRoot(args []string) string {
	line := "as root, run: gobindctl"
	for _, arg := range args {
		line += " " + shellWord(arg)
	}
	return line
}

// shellWord quotes a text so that a shell takes it as it is.
func shellWord(text string) string {
	plain, printable := true, true
	for _, r := range text {
		printable = printable && r >= ' ' && r <= '~' && r != '\''
		plain = plain && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("/._-+,:@%=", r))
	}
	switch {
	case !printable:
		return "$" + "'" + strings.Trim(strings.ReplaceAll(strconv.QuoteToASCII(text), "'", `\'`), `"`) + "'"
	case !plain:
		return "'" + text + "'"
	default:
		return text
	}
}

// note is something that is said beside the answer.
type note string

const (
	noteNameless note = "nameless"
	noteLogin    note = "login"
	noteKernel   note = "kernel"
	noteRoot     note = "root"
)

var noteTexts = map[note]string{
	noteNameless: "no name in /etc/passwd has this uid: its group is taken to be the same number; --groups says otherwise",
	noteLogin:    "this process has other groups than /etc/group gives the user: they are what counts until the next login",
	noteKernel:   "here the kernel lets everybody bind this port (net.ipv4.ip_unprivileged_port_start), so gobind does not ask policy",
	noteRoot:     "a program of root's with CAP_NET_BIND_SERVICE may bind any port, and policy is not asked",
}

// check prints the answers, and how they came about if explain is set.
func (u *ui) check(p *place, who policy.Subject, answers []answer, notes []note, explain bool) {
	for _, a := range answers {
		text, cure := verdictWords(p, a)
		fmt.Fprintf(&u.out, "%s %s\n", u.verdict(a.permitted()), text)
		if cure != "" {
			fmt.Fprintf(&u.out, "          %s\n", cure)
		}
		if words := byKernelWords(a); words != "" {
			fmt.Fprintf(&u.out, "          %s\n", words)
		}
		for i, e := range a.Explained {
			if !explain {
				break
			}
			said, details := explainWords(p.accounts, a, e)
			fmt.Fprintf(&u.out, "%4d  %s: %s\n", i+1, quote(e.File), said)
			for _, line := range details {
				fmt.Fprintf(&u.out, "        %s\n", line)
			}
		}
	}
	if explain {
		fmt.Fprintf(&u.out, "judged: %s\n", subjectWords(p.accounts, who))
	}
	for _, n := range notes {
		fmt.Fprintf(&u.out, "note: %s\n", n.text())
	}
}

// verdict is the first word of an answer, coloured on a terminal.
func (u *ui) verdict(yes bool) string {
	word, color := "refused: ", "\x1b[31m"
	if yes {
		word, color = "permitted:", "\x1b[32m"
	}
	if !u.color {
		return word
	}
	return color + word + "\x1b[0m"
}

func subjectWords(a account.Files, who policy.Subject) string {
	text := fmt.Sprintf("uid %d (%s), gid %d (%s)", who.UID, quote(a.UserName(who.UID)), who.GID, quote(a.GroupName(who.GID)))
	for i, gid := range who.Groups {
		if i == 0 {
			text += ", groups"
		}
		text += fmt.Sprintf(" %d (%s)", gid, quote(a.GroupName(gid)))
	}
	return text
}

// wherePort is address and port, as a rule has them.
func wherePort(r policy.Request) string { return netip.AddrPortFrom(r.Addr, r.Port).String() }

// verdictWords are the answer in one line, and what can be done about a refusal.
func verdictWords(p *place, a answer) (text, cure string) {
	r := a.Request
	user := quote(p.accounts.UserName(r.Subject.UID))
	verb := "may not bind"
	if a.permitted() {
		verb = "may bind"
	}
	text = fmt.Sprintf("user %s %s %s %s: ", user, verb, r.Protocol, wherePort(r))
	why, cure := reasonWords(a, user)
	return text + why, cure
}

// reasonWords say what decided, and the cure of a refusal.
func reasonWords(a answer, user string) (text, cure string) {
	d := a.Decision
	file, word := quote(d.Source.File), shellWord(d.Source.File)
	switch {
	case a.Kernel != 0:
		return fmt.Sprintf("the kernel lets everybody bind ports from %d on (net.ipv4.ip_unprivileged_port_start)", a.Kernel), ""
	case d.Verdict == policy.Permit && d.Source.Line > 0:
		return fmt.Sprintf("%s:%d", file, d.Source.Line), ""
	case d.Verdict == policy.Permit:
		return file + " is executable by the user", ""
	}
	switch d.Reason {
	case policy.ReasonRule:
		return fmt.Sprintf("%s:%d denies it", file, d.Source.Line), ""
	case policy.ReasonSyntax:
		return fmt.Sprintf("%s:%d:%d: %s", file, d.Source.Line, d.Syntax.Column, d.Syntax.Text), "as root, run: gobindctl lint"
	case policy.ReasonDualStack:
		return fmt.Sprintf("%s:%d permits it for one family alone, and [::] takes IPv4 too", file, d.Source.Line), permitCure(a.Request, user)
	case policy.ReasonNotExecutable:
		if dir := a.last().Blocked; dir != "" {
			return "the user may not search " + quote(dir), "as root, run: chmod a+x " + shellWord(dir)
		}
		if e := a.last().Entry; e.NoExec && !e.IsDir() {
			return file + " is on a file system mounted noexec: nobody may execute it", permitCure(a.Request, user)
		}
		return file + " is not executable by the user", fmt.Sprintf("as root, run: setfacl -m u:%s:x %s", user, word)
	case policy.ReasonUnsafe:
		return file + " could be written by others than root", fmt.Sprintf("as root, run: chown root %s && chmod go-w %s", word, word)
	case policy.ReasonError:
		return fmt.Sprintf("%s cannot be examined (%s)", file, errnoName(a.last().Fault.Errno)), "as root, run: ls -lL " + word
	default:
		return "no rule permits it", noRuleCure(a, user)
	}
}

// noRuleCure is the cure where nothing permits, nor forbids: something that is
// there and was nearly right, or a rule.
func noRuleCure(a answer, user string) string {
	for _, e := range a.Explained {
		if e.Twin != "" && e.Kind == judge.Access {
			return fmt.Sprintf("%s; as root, run: mv %s %s", twinWords(a.Request.Port), shellWord(e.Twin), shellWord(e.File))
		}
		for _, l := range e.Lines {
			if l.Why == judge.Ignored {
				return fmt.Sprintf("%s:%d is in no form that counts: write %s", quote(e.File), l.Number, quoteLine(l.Better))
			}
		}
	}
	return permitCure(a.Request, user)
}

// permitCure is a rule that permits the request, and no more.
func permitCure(r policy.Request, user string) string {
	where := wherePort(r)
	switch {
	case r.Addr == netip.IPv6Unspecified():
		where = fmt.Sprintf("*:%d", r.Port)
	case r.Addr.Is4In6():
		where = netip.AddrPortFrom(r.Addr.Unmap(), r.Port).String()
	}
	return asRoot([]string{"permit", user, r.Protocol.String(), where})
}

// errnoName is the symbolic name of an error number.
func errnoName(e policy.Errno) string {
	if name := unix.ErrnoName(unix.Errno(e)); name != "" {
		return name
	}
	return e.Error()
}
