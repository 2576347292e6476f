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
}

// Record is one audit record. Fields come out in the order they were added.
type Record struct {
	priority string
	text     []byte
}

// NewRecord begins the record of a request that was permitted, or was not.
func NewRecord(permit bool) *Record {
	r := &Record{priority: refused}
	if permit {
		r.priority = permitted
	}
	return r
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
	message := []byte(r.priority + "gobind-helper[" + strconv.Itoa(unix.Getpid()) + "]:")
	message = append(message, r.text...)
	again := l.connected // then the daemon may have been restarted
	if l.send(message) != nil && again {
		_ = l.send(message)
	}
}

func (l *Log) send(message []byte) (err error) {
	if !l.open {
		if l.fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
			return err
		}
		l.open = true
	}
	if !l.connected {
		if err := unix.Connect(l.fd, &unix.SockaddrUnix{Name: "/dev/log"}); err != nil {
			return err
		}
	}
	_, err = unix.SendmsgN(l.fd, message, nil, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
	l.connected = err == nil
	return err
}
