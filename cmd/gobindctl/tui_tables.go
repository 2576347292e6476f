package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"gobind/internal/account"
	"gobind/internal/auditlog"
)

// Errors of what the user gave.
var (
	errLines = errors.New("--lines: not a number of lines")
	errNoLog = errors.New("neither a journal nor a syslog file (/var/log/auth.log, /var/log/secure) is there")
)

func timeError(text string) error { return fmt.Errorf("--since: not a time: %s", quote(text)) }

// who prints who holds a port.
func (u *ui) who(port string, held []holder) error {
	if len(held) == 0 {
		fmt.Fprintf(&u.out, "nobody holds %s\n", quote(port))
		return nil
	}
	var rows [][]string
	hidden := false
	for _, h := range held {
		pid, program := strconv.Itoa(h.PID), programName(h.Program, h.Name)
		switch {
		case h.PID == 0 && h.Orphan:
			pid, program = "-", "(no process has it any more)"
		case h.PID == 0:
			pid, program, hidden = "?", "?", true
		}
		rows = append(rows, []string{h.Protocol, netip.AddrPortFrom(h.Address, h.Port).String(), h.State, quote(h.User), pid, program})
	}
	if err := u.table([]string{"PROTOCOL", "ADDRESS", "STATE", "USER", "PID", "PROGRAM"}, rows); err != nil {
		return err
	}
	if hidden {
		fmt.Fprintln(&u.out, "\n?: only root, or the user, may see which process it is")
	}
	return nil
}

// ps prints what runs under gobind.
func (u *ui) ps(found []supervised) error {
	if len(found) == 0 {
		fmt.Fprintln(&u.out, "nothing runs under gobind, as far as this user may see")
		return nil
	}
	var rows [][]string
	incomplete, claimed := false, false
	for _, s := range found {
		supervisor := strconv.Itoa(s.Supervisor)
		if !s.Sure {
			supervisor, claimed = supervisor+"?", true
		}
		incomplete = incomplete || !s.Complete
		for _, p := range s.Processes {
			rows = append(rows, []string{supervisor, s.Mode, quote(p.User), strconv.Itoa(p.PID), programName(p.Program, p.Name), ports(p)})
		}
		if len(s.Processes) == 0 {
			rows = append(rows, []string{supervisor, s.Mode, quote(s.User), "?", "?", "?"})
		}
	}
	if err := u.table([]string{"SUPERVISOR", "MODE", "USER", "PID", "PROGRAM", "PORTS"}, rows); err != nil {
		return err
	}
	if claimed {
		fmt.Fprintln(&u.out, "\nN?: calls itself a supervisor; only root, or the user, may see what it is and has")
	}
	if incomplete {
		fmt.Fprintln(&u.out, "\ninplace: a daemon that left its parent is covered too, and cannot be found here")
	}
	return nil
}

// programName is the path of a program if it is known, else its own name for itself.
func programName(path, name string) string {
	if path == "" {
		return quote(name)
	}
	return quote(path)
}

func ports(p covered) string {
	switch {
	case p.Hidden:
		return "?"
	case len(p.Ports) == 0:
		return "-"
	default:
		return strings.Join(p.Ports, " ")
	}
}

// scoped is the address of a record, with the number of the interface that a
// link-local one is of.
func scoped(r auditlog.Record) string {
	if r.Scope == 0 {
		return quote(r.Address)
	}
	return quote(r.Address) + "%" + strconv.FormatUint(uint64(r.Scope), 10)
}

// log prints audit records, with the names that users have now.
func (u *ui) log(records []auditlog.Record, accounts account.Files) error {
	if len(records) == 0 {
		fmt.Fprintln(&u.out, "no decision was recorded, as far as this user may see")
		return nil
	}
	var rows [][]string
	unknown, forged := false, false
	for _, r := range records {
		mark := map[auditlog.Trust]string{auditlog.Verified: "", auditlog.Unknown: "?", auditlog.Forged: "FORGED"}[r.Trust]
		unknown, forged = unknown || r.Trust == auditlog.Unknown, forged || r.Trust == auditlog.Forged
		rows = append(rows, []string{
			r.Time.Local().Format(time.DateTime), quote(r.Verdict) + mark, quote(accounts.UserName(r.UID)),
			quote(r.Protocol), scoped(r), strconv.Itoa(int(r.Port)),
			recorded(r), because(r),
		})
	}
	if err := u.table([]string{"TIME", "VERDICT", "USER", "PROTOCOL", "ADDRESS", "PORT", "PROGRAM", "BECAUSE"}, rows); err != nil {
		return err
	}
	if unknown {
		fmt.Fprintln(&u.out, "\n?: any user could have written this; the log does not say who did")
	}
	if forged {
		fmt.Fprintln(&u.out, "\nFORGED: written neither by the helper for that user, nor by gobindctl kernel watch")
	}
	return nil
}

// recorded is the program of a record.
func recorded(r auditlog.Record) string {
	if r.Kernel != nil {
		return quote(r.Kernel.Program) + "[" + strconv.Itoa(r.Kernel.PID) + "]"
	}
	return quote(r.Program) + "[" + strconv.Itoa(r.PID) + "]"
}

// because is what decided, and where.
func because(r auditlog.Record) string {
	text := quote(r.Reason)
	if r.Kernel != nil {
		text += " (kernel)"
		if r.Kernel.Lost > 0 {
			text += fmt.Sprintf(" (%d lost before)", r.Kernel.Lost)
		}
	}
	if r.Source != "" {
		text += " " + quote(r.Source)
	}
	if r.Line > 0 {
		text += ":" + strconv.Itoa(r.Line)
	}
	if r.Column > 0 {
		text += ":" + strconv.Itoa(r.Column)
	}
	if r.Errno != 0 {
		text += fmt.Sprintf(" (errno %d)", r.Errno)
	}
	if r.LeftOut > 0 {
		text += fmt.Sprintf(" (%d like it)", r.LeftOut)
	}
	return text
}
