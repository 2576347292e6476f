package main

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"gobind/internal/lint"
)

// fileError is that a file cannot be read.
func fileError(name string, err error) error {
	return &os.PathError{Op: "open", Path: name, Err: err}
}

// lint prints what is wrong, each with what to write or do instead below it.
func (u *ui) lint(findings []lint.Finding) {
	if len(findings) == 0 {
		fmt.Fprintln(&u.out, "nothing is wrong, as far as this user may see")
	}
	for _, f := range findings {
		text, cure := lintWords(f)
		place := shellWord(f.File)
		if f.Line > 0 {
			place += ":" + strconv.Itoa(f.Line)
		}
		if f.Column > 0 {
			place += ":" + strconv.Itoa(f.Column)
		}
		fmt.Fprintf(&u.out, "%s: %s: %s\n", place, u.severity(f.Severity()), text)
		for line := range strings.Lines(cure) {
			fmt.Fprintf(&u.out, "    %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
}

// severity is the severity, coloured on a terminal.
func (u *ui) severity(s lint.Severity) string {
	if !u.color {
		return s.String()
	}
	return map[lint.Severity]string{lint.Warning: "\x1b[33m", lint.Error: "\x1b[31m"}[s] + s.String() + "\x1b[0m"
}

// lintWords are a finding in words, and what to do or to write instead, "" where
// that is not known.
func lintWords(f lint.Finding) (text, cure string) {
	var instead []string
	for line := range strings.SplitSeq(f.Instead, "\n") {
		if line != "" {
			instead = append(instead, "write instead: "+quoteLine(line))
		}
	}
	fill := strings.NewReplacer(
		"{file}", shellWord(f.File), "{name}", shellWord(path.Base(f.File)), "{dir}", shellWord(path.Dir(f.File)),
		"{subject}", quote(f.Subject), "{path}", shellWord(f.Subject), "{detail}", quoteLine(f.Detail), "{other}", shellWord(f.Detail),
		"{lines}", strings.Join(instead, "\n"), "{new}", shellWord(path.Join(path.Dir(f.File), f.Instead)), "{instead}", quoteLine(f.Instead),
	)
	t := lintTexts[f.Kind]
	return fill.Replace(t[0]), fill.Replace(t[1])
}

// lintTexts are what lint finds, in words, and what to do or to write instead.
var lintTexts = map[lint.Kind][2]string{
	lint.WayUnsafe: {"{path}, on the way to it, could be changed by others than root ({detail})",
		"as root, run: chown -h root:root {path} && chmod go-w {path}"},
	lint.DirUnsafe: {"others than root could write to it ({detail}): all that is in it is refused",
		"as root, run: chown root:root {file} && chmod go-w {file}"},
	lint.DirClosed: {"some users may look up nothing in it ({detail}): they are refused every port",
		"as root, run: chmod 755 {file}"},
	lint.NotDir:     {"it is no directory: every port is refused", "as root, run: rm {file} && mkdir -m 755 {file}"},
	lint.Unreadable: {"it cannot be examined: {detail}; it refuses what it would decide", "as root, run: ls -lL {file}"},
	lint.Stranger:   {"nothing reads it", "directories of policy are byport, byaddr and byuid, and rules.d below /etc/gobind"},
	lint.NotRules:   {"it is not read: names of rules files end in .rules, and do not begin with a dot", "give it such a name"},
	lint.NotFile:    {"it is no regular file: it refuses what it would decide", "as root, run: ls -lL {file}"},
	lint.FileUnsafe: {"others than root could write it ({detail}): it refuses what it would decide",
		"as root, run: chown root:root {file} && chmod go-w {file}"},
	lint.RootMode: {"its mode keeps root, its owner, out ({detail}), which gobind-helper is without the capability to pass over that: it refuses what it would decide",
		"as root, run: chmod u+rX {file}"},
	lint.FileLarge: {"it is larger than {detail}: it refuses what it would decide", "give ranges in place of single ports and addresses"},
	lint.LeadsNo:   {"a link that leads nowhere: it is as if there were none", "as root, run: rm {file}"},
	lint.Hidden:    {"it cannot be examined by this user: {detail}", "run it as root"},

	lint.NameMark: {"no request asks for this name: from port 512 on, and only there, names begin with !", "as root, run: mv {file} {new}"},
	lint.NameForm: {"no request asks for this name", "as root, run: mv {file} {new}"},
	lint.NameUnknown: {"no request asks for this name",
		"names are a port in byport, an address, a comma and a port in byaddr, a uid in byuid; from port 512 on with ! before them"},
	lint.PortFree:   {"port {detail} needs no permission, unless net.ipv4.ip_unprivileged_port_start says so", "as root, run: rm {file}"},
	lint.UIDUnknown: {"no user in /etc/passwd has the uid {detail}", "as root, run: rm {file}, unless a directory service has that user"},

	lint.EveryUser: {"every user may execute it ({detail}), and so have the port", "as root, run: chmod o-x {file}"},
	lint.NobodyMay: {"nobody but root may execute it ({detail}): it refuses the port to everybody, whatever else permits it",
		"as root, run: chown USER {file} && chmod 500 {file}, for USER to have the port"},
	lint.NoExec: {"it is on a file system mounted noexec: it refuses the port to everybody",
		"put the directory on a file system that is not, or write rules"},
	lint.OwnerUnknown: {"no user in /etc/passwd has the uid {detail}, who may execute it", "as root, run: chown USER {file}"},
	lint.GroupUnknown: {"no group in /etc/group has the gid {detail}, which may execute it", "as root, run: chgrp GROUP {file}"},
	lint.FileHidden:   {"it is never asked: {path} decides before it", "as root, run: rm {file}"},

	lint.LineForm:     {"{subject}: not of the form ADDRESS,PORT: the line is ignored", "{lines}"},
	lint.LineNothing:  {"not of the form ADDRESS,PORT: the line is ignored", "lines are as 192.0.2.0/24,80-443 or ::1,80; a comment begins with #, on a line of its own"},
	lint.LineComment:  {"a comment after a rule: the line is ignored", "{lines}"},
	lint.LineBlank:    {"blanks before a rule: the line is ignored", "{lines}"},
	lint.LineHostBits: {"{subject} has bits beyond the length of the prefix: the line is ignored", "{lines}"},
	lint.LineWrapped:  {"{subject} is too large: authbind takes it for {detail}, gobind ignores the line", "{lines}"},
	lint.LineLong:     {"longer than 298 bytes: what comes after is read as a line of its own", "write shorter lines"},
	lint.LineRest:     {"this rest of a line that is longer than 298 bytes is a rule, and counts", "write shorter lines"},
	lint.LineList:     {"{subject}: a line has one port, or one range: the line is ignored", "{lines}"},
	lint.LineService:  {"{subject}: ports are numbers here: the line is ignored", "{lines}"},
	lint.LineStar:     {"there is no word for all addresses or ports here: the line is ignored", "{lines}"},
	lint.LineBrackets: {"addresses have no brackets here: the line is ignored", "{lines}"},
	lint.LineZone:     {"{subject}: addresses have no zone here: the line is ignored", "{lines}"},
	lint.LineZeros:    {"{subject} has leading zeros: the line is ignored", "{lines}"},
	lint.LineReversed: {"the lower port or address comes first: the line permits nothing", "{lines}"},
	lint.LineBOM:      {"a byte order mark: the line is ignored", "{lines}"},
	lint.LineNUL:      {"a NUL: what comes after it is ignored", "{lines}"},
	lint.LineHalf:     {"it permits nothing: its ports are looked up in {other}", "write it to {other}"},
	lint.LinePart:     {"some of its ports permit nothing here: they are looked up in {other}", "write to {other}: {instead}"},
	lint.LineFree:     {"it permits nothing: no permission is needed for ports {detail}", "remove the line"},
	lint.LineRepeated: {"it permits nothing more than line {detail}", "remove the line"},
	lint.LineHidden:   {"it is never asked: {path} decides before it", "remove the line"},

	lint.RuleSyntax:    {"{detail}; all that no later file decides is refused", ""},
	lint.PermitUser:    {"no user in /etc/passwd has the name {subject}: nobody is permitted anything", "write the uid"},
	lint.PermitGroup:   {"no group in /etc/group has the name {subject}: nobody is permitted anything", "write the gid"},
	lint.DenyUser:      {"no user in /etc/passwd has the name {subject}: every user without a name there is denied", "write the uid"},
	lint.DenyGroup:     {"no group in /etc/group has the name {subject}: whoever is in a group without a name there is denied", "write the gid"},
	lint.RuleUID:       {"no user in /etc/passwd has the uid {subject}", "remove the rule, unless a directory service has that user"},
	lint.RuleGID:       {"no group in /etc/group has the gid {subject}", "remove the rule, unless a directory service has that group"},
	lint.RuleHidden:    {"it never decides: {path}, which comes later, says the contrary about all of it", "write the rule about fewer after the rule about more"},
	lint.RuleRepeated:  {"it never decides: {path}, which comes later, says the same about all of it", "remove the rule"},
	lint.RuleFree:      {"no permission is needed for port {subject}, unless net.ipv4.ip_unprivileged_port_start says so", "remove the rule"},
	lint.RuleDualStack: {"a bind of [::] takes 0.0.0.0 too, and no rule permits that for port {detail}", "write *:{detail} if programs bind [::]"},

	lint.KernelLacks: {"left to gobind, since the kernel (gobindctl kernel) cannot have it: {detail}", "programs need gobind for what it permits"},
	lint.KernelStale: {"changed after the kernel was told of policy: it goes by what was there before", "as root, run: gobindctl kernel reload"},
}
