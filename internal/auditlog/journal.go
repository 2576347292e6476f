package auditlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// ErrNoJournal says that there is no journal to be read.
var ErrNoJournal = errors.New("no journalctl here")

// ReadJournal reads the records of systemd's journal that this user may see.
// helper and ctl are the paths of the installed helper and of gobindctl, whose records
// are Verified; args go to journalctl as well.
func ReadJournal(helper, ctl string, f Filter, args ...string) ([]Record, error) {
	path, err := exec.LookPath("journalctl")
	if err != nil {
		return nil, ErrNoJournal
	}
	args = append([]string{"--output=json", "--no-pager", "--quiet", "--identifier=" + Identifier, "--identifier=" + KernelIdentifier}, args...)
	if !f.Since.IsZero() {
		args = append(args, "--since=@"+strconv.FormatInt(f.Since.Unix(), 10))
	}
	cmd := exec.Command(path, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	records, readErr := readJSON(out, helper, ctl, f)
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("journalctl: %w: %q", err, strings.TrimSpace(complaint.String()))
	}
	return records, readErr
}

// entry is what counts of an entry of journalctl -o json. Fields that begin with
// an underscore are the journal's own word.
type entry struct {
	Message    text `json:"MESSAGE"`
	Time       text `json:"__REALTIME_TIMESTAMP"`
	Transport  text `json:"_TRANSPORT"`
	Exe        text `json:"_EXE"`
	UID        text `json:"_UID"`
	Unit       text `json:"_SYSTEMD_UNIT"`
	Identifier text `json:"SYSLOG_IDENTIFIER"`
}

// text is a field's value. What is not one text of UTF-8, or was sent more than
// once, is none.
type text string

// UnmarshalJSON never fails: nothing that a message holds may hide another.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	}
	return nil
}

func readJSON(in io.Reader, helper, ctl string, f Filter) ([]Record, error) {
	w := window{filter: f}
	decoder := json.NewDecoder(in)
	for {
		var e entry
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			return w.last(), nil
		}
		if err != nil {
			return nil, fmt.Errorf("read journalctl's output: %w", err)
		}
		if r, ok := e.record(helper, ctl); ok {
			w.add(r)
		}
	}
}

func (e entry) record(helper, ctl string) (Record, bool) {
	r, ok := parseAs(string(e.Identifier), string(e.Message))
	micros, err := strconv.ParseInt(string(e.Time), 10, 64)
	if !ok || err != nil {
		return r, false
	}
	r.Time = time.UnixMicro(micros)
	if r.Kernel != nil {
		r.Trust = e.kernelTrust(ctl)
	} else {
		r.Trust = e.trust(r, helper)
	}
	return r, true
}

// trust compares what a record says with what the journal noted. Without _EXE the
// sender had ended before the journal looked.
func (e entry) trust(r Record, helper string) Trust {
	switch {
	case e.Transport != "syslog", e.UID != text(strconv.FormatUint(uint64(r.UID), 10)):
		return Forged
	case e.Exe == "":
		return Unknown
	case strings.TrimSuffix(string(e.Exe), " (deleted)") != helper:
		return Forged
	default:
		return Verified
	}
}
