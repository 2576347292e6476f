package doctor

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/client"
)

// States of the broker socket.
const (
	BrokerReady   State = "broker-ready"
	BrokerNone    State = "broker-none"
	BrokerStale   State = "broker-stale"
	BrokerHidden  State = "broker-hidden"
	BrokerNotYet  State = "broker-not-yet"
	BrokerEnabled State = "broker-enabled"
	BrokerSilent  State = "broker-silent"
)

// wanted is where systemd finds that the broker socket is enabled.
const wanted = "/etc/systemd/system/sockets.target.wants/gobind.socket"

// broker asks the helper behind the broker socket for its hello, as the supervisor
// does where the setuid helper is without power. It is never a failure by itself: who
// has the setuid helper needs no socket.
func broker(o Options) Finding {
	f := Finding{Check: "broker", State: BrokerReady, Subject: o.Socket}
	if o.Root != "" {
		f.State, f.Subject = BrokerEnabled, "gobind.socket"
		if _, err := os.Lstat(filepath.Join(o.Root, wanted)); err != nil {
			f.State = BrokerNotYet
		}
		return f
	}
	err := greet(o.Socket)
	switch {
	case err == nil:
	case errors.Is(err, unix.ENOENT):
		f.State = BrokerNone
	case errors.Is(err, unix.ECONNREFUSED):
		f.State, f.Level = BrokerStale, Warning
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		f.State, f.Level, f.Detail = BrokerHidden, Warning, err.Error()
	default:
		f.State, f.Level, f.Detail = BrokerSilent, Warning, err.Error()
	}
	return f
}

// serves reports whether a helper answers, or will, behind the socket.
func (f Finding) serves() bool { return f.State == BrokerReady || f.State == BrokerEnabled }

// greet connects to the socket and waits for the helper's hello.
func greet(socket string) error {
	conn, err := client.Dial(socket, patience)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the helper ends then
	return conn.Hello()
}

// mayServe are the states of a setuid helper without power that the broker makes good.
var mayServe = map[State]State{
	NoNewPrivsSet:    NoNewPrivsBroker,
	BoundingSetLacks: BoundingSetBroker,
	ProbeNoNewPrivs:  ProbeBroker,
	ProbeBoundingSet: ProbeBroker,
	ProbeNotSetuid:   ProbeBroker,
	ProbeNosuid:      ProbeBroker,
	HelperPowerless:  HelperBroker,
	HelperNosuid:     HelperNosuidBroker,
}

// withBroker are the findings where the broker serves this user.
func withBroker(findings []Finding) []Finding {
	for i, f := range findings {
		if state, ok := mayServe[f.State]; ok {
			findings[i].State, findings[i].Level = state, OK
		}
	}
	return findings
}

// States of a setuid helper without power in whose place the broker serves.
const (
	NoNewPrivsBroker   State = "no-new-privs-broker"
	BoundingSetBroker  State = "bounding-set-broker"
	ProbeBroker        State = "probe-broker"
	HelperBroker       State = "helper-broker"
	HelperNosuidBroker State = "helper-nosuid-broker"
)
