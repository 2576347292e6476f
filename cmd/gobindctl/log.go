package main

import (
	"errors"
	"os"
	"time"

	"gobind/internal/account"
	"gobind/internal/auditlog"
	"gobind/internal/layout"
)

// logCmd is gobindctl log.
type logCmd struct {
	User    string `placeholder:"USER" help:"${help_user}"`
	Port    uint16 `placeholder:"NUMBER" help:"${help_logport}"`
	Verdict string `enum:",permit,deny,unserved" default:"" placeholder:"VERDICT" help:"${help_verdict}"`
	Since   string `placeholder:"TIME" help:"${help_since}"`
	Lines   int    `short:"n" default:"50" placeholder:"N" help:"${help_lines}"`
	File    string `placeholder:"FILE" help:"${help_file}"`
}

func (c *logCmd) run(u *ui) (int, error) {
	here, err := policyFlags{}.open()
	if err != nil {
		return 0, err
	}
	defer here.close()
	filter, err := c.filter(time.Now(), here.accounts)
	if err != nil {
		return 0, &inputError{statusData, err}
	}
	records, from, err := c.read(filter)
	if err != nil {
		return 0, err
	}
	status := statusYes
	if len(records) == 0 {
		status = statusNo
	}
	if u.json {
		return status, u.printJSON("log", logAnswer(records, from, here.accounts))
	}
	return status, u.log(records, here.accounts)
}

// jsonLog is the answer of log --json.
type jsonLog struct {
	From    string       `json:"from"` // journal, or the file
	Records []jsonRecord `json:"records"`
}

// jsonRecord is a record, and the name that /etc/passwd has for its uid now.
type jsonRecord struct {
	auditlog.Record
	User string `json:"user"`
}

func logAnswer(records []auditlog.Record, from string, accounts account.Files) jsonLog {
	answer := jsonLog{from, []jsonRecord{}}
	for _, r := range records {
		answer.Records = append(answer.Records, jsonRecord{r, accounts.UserName(r.UID)})
	}
	return answer
}

func (c *logCmd) filter(now time.Time, accounts account.Files) (auditlog.Filter, error) {
	f := auditlog.Filter{Port: c.Port, Verdict: c.Verdict, Last: c.Lines}
	if c.Lines < 0 {
		return f, errLines
	}
	if c.User != "" {
		who, ok := accounts.Subject(c.User)
		if !ok {
			return f, noUserError(c.User)
		}
		f.UID = &who.UID
	}
	if c.Since != "" {
		since, err := parseSince(c.Since, now)
		if err != nil {
			return f, err
		}
		f.Since = since
	}
	return f, nil
}

// syslogFiles are where syslog daemons put facility authpriv: Debian's and Red
// Hat's.
var syslogFiles = []string{"/var/log/auth.log", "/var/log/secure"}

// read reads the named file, or the journal, or the first syslog file there is.
func (c *logCmd) read(f auditlog.Filter) (records []auditlog.Record, from string, err error) {
	if c.File != "" {
		records, err = auditlog.ReadFile(c.File, f)
		return records, c.File, err
	}
	if hasJournal() {
		own, _ := os.Executable() // kernel watch is this program
		records, err = auditlog.ReadJournal(layout.HelperPath, own, f)
		if !errors.Is(err, auditlog.ErrNoJournal) {
			return records, "journal", err
		}
	}
	for _, file := range syslogFiles {
		records, err = auditlog.ReadFile(file, f)
		if !errors.Is(err, os.ErrNotExist) {
			return records, file, err
		}
	}
	return nil, "", &inputError{statusNoInput, errNoLog}
}

// hasJournal reports whether systemd-journald has written a journal here.
func hasJournal() bool {
	for _, dir := range []string{"/run/log/journal", "/var/log/journal"} {
		if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 || os.IsPermission(err) {
			return true
		}
	}
	return false
}

// parseSince parses a time span before now, or a time.
func parseSince(text string, now time.Time) (time.Time, error) {
	if span, err := time.ParseDuration(text); err == nil && span >= 0 {
		return now.Add(-span), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", time.DateTime, time.RFC3339} {
		if when, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return when, nil
		}
	}
	return time.Time{}, timeError(text)
}
