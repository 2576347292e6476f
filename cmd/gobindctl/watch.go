package main

import (
	"encoding/json"
	"os"
	"os/signal"
	"strconv"

	"golang.org/x/sys/unix"

	"gobind/internal/kernel"
)

// jsonEvent is a line of kernel watch --json.
type jsonEvent struct {
	Verdict  string `json:"verdict"`
	UID      uint32 `json:"uid"`
	GID      uint32 `json:"gid"`
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	Reason   string `json:"reason"`
	PID      uint32 `json:"pid"`
	Program  string `json:"program"` // as it calls itself
	Lost     uint64 `json:"lost,omitempty"`
}

// watch prints what the kernel permits and refuses, a line each, as in the audit
// records, until it is ended.
func (c *kernelCmd) watch(u *ui) (int, error) {
	signals, stop := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM)
	go func() {
		<-signals
		close(stop)
	}()
	return statusYes, kernel.Watch(kernelPins, stop, func(e kernel.Event, lost uint64) error {
		line := jsonEvent{
			Verdict: "deny", UID: e.UID, GID: e.GID, Protocol: e.Protocol.String(), Address: e.Addr.Addr().String(),
			Port: e.Addr.Port(), Reason: "no-rule", PID: e.PID, Program: e.Program, Lost: lost,
		}
		if e.Permitted {
			line.Verdict = "permit"
		}
		if e.Said {
			line.Reason = "policy"
		}
		return u.event(line)
	})
}

// event prints a line at once.
func (u *ui) event(e jsonEvent) error {
	text := u.eventText(e)
	if u.json {
		var err error
		if text, err = json.Marshal(e); err != nil {
			return err
		}
	}
	_, err := u.stdout.Write(append(text, '\n'))
	return err
}

// eventText is a line in the form of the audit records.
func (u *ui) eventText(e jsonEvent) []byte {
	text := []byte("verdict=" + e.Verdict)
	number := func(key string, n uint64) {
		text = strconv.AppendUint(append(append(append(text, ' '), key...), '='), n, 10)
	}
	number("uid", uint64(e.UID))
	number("gid", uint64(e.GID))
	text = append(text, " protocol="+e.Protocol+" address="...)
	text = strconv.AppendQuote(text, e.Address)
	number("port", uint64(e.Port))
	text = append(text, " reason="+e.Reason...)
	number("pid", uint64(e.PID))
	text = strconv.AppendQuoteToASCII(append(text, " program="...), e.Program)
	if e.Lost > 0 {
		number("lost", e.Lost)
	}
	return text
}
