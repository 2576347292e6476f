package auditlog

import (
	"bufio"
	"io"
	"os"
	"strings"
	"time"
)

// maxLine bounds a line of a log file, in bytes.
const maxLine = 1 << 20

// ReadFile reads the records of a syslog daemon's file. Their trust is Unknown.
func ReadFile(name string, f Filter) ([]Record, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return readLines(file, f, time.Now())
}

func readLines(in io.Reader, f Filter, now time.Time) ([]Record, error) {
	w := window{filter: f}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		if r, ok := parseLine(scanner.Text(), now); ok {
			w.add(r)
		}
	}
	return w.last(), scanner.Err()
}

// parseLine parses a line as rsyslog writes it: a time, the host, the tag with a
// pid, the text.
func parseLine(line string, now time.Time) (Record, bool) {
	when, rest, ok := parseTime(line, now)
	if !ok {
		return Record{}, false
	}
	_, rest, _ = strings.Cut(rest, " ") // the host
	tag, text, _ := strings.Cut(rest, ": ")
	name, _, _ := strings.Cut(tag, "[")
	r, ok := parseAs(name, text)
	r.Time, r.Trust = when, Unknown
	return r, ok
}

// parseTime takes the time off the front of a line: RFC 3339, or the traditional
// one of syslog, which has no year: the last such day.
func parseTime(line string, now time.Time) (when time.Time, rest string, ok bool) {
	first, rest, _ := strings.Cut(line, " ")
	if when, err := time.Parse(time.RFC3339Nano, first); err == nil {
		return when, rest, true
	}
	if len(line) <= len(time.Stamp) {
		return when, "", false
	}
	when, err := time.ParseInLocation(time.Stamp, line[:len(time.Stamp)], now.Location())
	if err != nil {
		return when, "", false
	}
	when = when.AddDate(now.Year(), 0, 0)
	if when.After(now.AddDate(0, 0, 1)) {
		when = when.AddDate(-1, 0, 0)
	}
	return when, line[len(time.Stamp)+1:], true
}
