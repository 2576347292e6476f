package main

import (
	"fmt"
	"strings"

	"gobind/internal/doctor"
	"gobind/internal/reason"
)

// All that gobindctl tells a user is in this file and in those whose names begin with
// tui_. An answer goes to standard output. An error is one line that begins with
// "gobindctl: ", and a second with "gobindctl: hint: " where the cure is known; lower
// case, no full stop; with --json it is an object. What others may have written is
// quoted if a terminal could take it for more.

const summary = "Look after gobind, which lets programs of ordinary users bind privileged ports."

var helpTexts = map[string]string{
	"help_json":    "Print the answer as JSON.",
	"help_version": "Print the version and exit.",
	"help_config":  "Policy directory, in place of /etc/gobind and /etc/authbind.",
	"help_root":    "Look at the system below DIR, an image that does not run.",

	"help_check":      "Say whether a user may bind an address and port, and why.",
	"help_checkuser":  "Who: a name or uid. Only root may ask about others.",
	"help_checkproto": "tcp, udp, sctp, or any for each of them.",
	"help_checkwhere": "As in a rule: 192.0.2.1:80, [2001:db8::1]:https, *:443 for 0.0.0.0 and [::].",
	"help_explain":    "Tell each step, in order, and what it said.",
	"help_groups":     "As if the user had these groups, the first as the primary one.",

	"help_list":     "List who may bind what: rules, and the files of the policy trees.",
	"help_listuser": "Only what is about this user, or a group of the user's: a name or uid.",
	"help_listport": "Only what is about this port: a number or a service.",

	"help_show": "Print policy as it counts, each rule with its file and line.",

	"help_doctor": "Say what works on this machine, what does not, and what to do about it.",

	"help_doctorunit": "What is in gobind's way in this service of systemd's, directive by directive.",
	"help_doctorpid":  "What is in gobind's way in this process.",

	"help_who":  "Say which process holds a port.",
	"help_port": "A port or service, of all protocols or of one: 443, https, tcp:443, udp:domain.",

	"help_ps": "List what runs under gobind, and its privileged ports.",

	"help_log":     "Show decisions from the system log.",
	"help_user":    "Only this user's: a name or uid.",
	"help_logport": "Only this port's: a number.",
	"help_verdict": "Only permit, deny or unserved.",
	"help_since":   "Only since then: a time span as 90m or 24h, a date as 2006-01-02, or both as \"2006-01-02 15:04\".",
	"help_lines":   "At most the last N; 0 is all.",
	"help_file":    "Read this syslog file, not the journal.",

	"help_permit":       "Add a rule to 50-gobindctl.rules.",
	"help_revoke":       "Take a permission out of the rules in 50-gobindctl.rules.",
	"help_edit":         "Edit a rules file, and install it if it is right.",
	"help_editfile":     "A file of rules.d: a name, or its path.",
	"help_dryrun":       "Show the change, and make none.",
	"help_rulewho":      "A user, a uid, :group, :gid, or * for anyone.",
	"help_ruleprotocol": "tcp, udp, sctp, a list with commas, or any.",
	"help_rulewhere":    "Address and ports: *:443, 192.0.2.1:80,443, [2001:db8::]/32:domain, *:*.",
	"help_lint":         "Say what is wrong with the policy, and what to write instead.",
	"help_lintfile":     "Look at these files alone: of byport, byaddr or byuid by the name of their directory, else of rules.",
	"help_lintkernel":   "Say what the kernel could not have (gobindctl kernel), even if it does not go by policy now.",
	"help_import":       "Translate authbind's tree to rules.",
	"help_importconfig": "The tree, in place of /etc/authbind.",
	"help_output":       "Write the rules to this file, whole or not at all, in place of standard output.",
	"help_force":        "Write over a file that exists.",
	"help_kernel":       "Let the kernel itself go by policy, so that programs need no gobind.",
	"help_action":       "enable, disable, reload, status, probe or watch.",
	"help_cgroup":       "With enable: only for programs in this directory of cgroup v2.",
	"help_unit":         "Write a drop-in that has a service of systemd's run under gobind.",
	"help_unitname":     "The service, with or without .service.",
	"help_unitremove":   "Remove the drop-in.",
	"help_netns":        "With enable: for this network namespace, as /run/netns/NAME, in place of the first one.",
}

// finding prints a line of doctor's, and the cure below it.
func (u *ui) finding(f doctor.Finding) {
	text, cure := words(f)
	fmt.Fprintf(&u.out, "%s %s\n", u.level(f.Level), text)
	if cure != "" {
		fmt.Fprintf(&u.out, "%8s %s\n", "", cure)
	}
}

// level is the level as the first word of a line, coloured on a terminal.
func (u *ui) level(l doctor.Level) string {
	word := fmt.Sprintf("%-8s", l)
	if !u.color {
		return word
	}
	return map[doctor.Level]string{doctor.OK: "\x1b[32m", doctor.Warning: "\x1b[33m", doctor.Failure: "\x1b[31m"}[l] + word + "\x1b[0m"
}

// words are a finding in words, and the cure, "" where none is needed.
func words(f doctor.Finding) (text, cure string) {
	subject := quote(f.Subject)
	switch f.Check {
	case "kernel": // a name of ours
		subject = f.Subject
	case "unit", "process":
		subject = assignment(f.Subject)
	}
	fill := strings.NewReplacer("{subject}", subject, "{detail}", f.Detail)
	t := findingTexts[f.State]
	return fill.Replace(t[0]), fill.Replace(t[1])
}

// quote quotes a text that a terminal or a shell might take for more, or for nothing.
func quote(text string) string {
	if text == "" {
		return `""`
	}
	return reason.Quote(text)
}
