// Package audit writes the helper's audit records to syslog: one datagram to
// /dev/log for each decision, facility AUTHPRIV, level NOTICE for a permit and
// WARNING for anything else.
//
// It runs in the privileged helper, after the decision was carried out, and
// never waits: where no syslog daemon listens or its queue is full, the record
// is lost. The text is made here and nothing of it is the caller's but quoted
// claims; log/syslog would take its tag from argv[0] and block.
package audit

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Priorities, as in syslog(3): AUTHPRIV is facility 10.
const (
	permitted = "<85>" // AUTHPRIV, NOTICE
	refused   = "<84>" // AUTHPRIV, WARNING
)

// Log is the way to the syslog daemon. The zero value is ready for use. It is
// for one goroutine.
type Log struct {
	fd              int
	open, connected bool // to the daemon that there was
	record          Record
}

// Record is one audit record. Fields come out in the order they were added.
type Record struct{ text []byte }

// Begin begins the record of a request that was permitted, or was not, in place of the
// one before.
func (l *Log) Begin(permit bool) *Record {
	priority := refused
	if permit {
		priority = permitted
	}
	text := append(append(l.record.text[:0], priority...), "gobind-helper["...)
	l.record.text = append(strconv.AppendInt(text, int64(unix.Getpid()), 10), "]:"...)
	return &l.record
}

// Number adds a field with a number.
func (r *Record) Number(key string, value int64) *Record {
	r.text = append(append(append(r.text, ' '), key...), '=')
	r.text = strconv.AppendInt(r.text, value, 10)
	return r
}

// Word adds a field with a text of the helper's own, which has no blanks.
func (r *Record) Word(key, value string) *Record {
	r.text = append(append(append(r.text, ' '), key...), '=')
	r.text = append(r.text, value...)
	return r
}

// Quoted adds a field with a text that is not the helper's: in double quotes, in
// ASCII, with everything escaped that could end it or move a cursor.
func (r *Record) Quoted(key, value string) *Record {
	r.text = append(append(append(r.text, ' '), key...), '=')
	r.text = strconv.AppendQuoteToASCII(r.text, value)
	return r
}

// Write sends the record, without waiting.
func (l *Log) Write(r *Record) {
	again := l.connected // then the daemon may have been restarted
	if l.send(r.text) != nil && again {
		_ = l.send(r.text)
	}
}

// Open connects to the syslog daemon, which is known to be there if there is no error.
// A record does so by itself where it is not.
func (l *Log) Open() (err error) {
	if !l.open {
		if l.fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
			return err
		}
		l.open = true
	}
	if !l.connected {
		err = unix.Connect(l.fd, &unix.SockaddrUnix{Name: "/dev/log"})
		l.connected = err == nil
	}
	return err
}

func (l *Log) send(message []byte) error {
	if err := l.Open(); err != nil {
		return err
	}
	_, err := unix.SendmsgN(l.fd, message, nil, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
	l.connected = err == nil
	return err
}
