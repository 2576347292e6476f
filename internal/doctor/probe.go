package doctor

import (
	"errors"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
)

// States of a helper that was started.
const (
	ProbeReady         State = "probe-ready"
	ProbeNotSetuid     State = "probe-not-setuid"
	ProbeNosuid        State = "probe-nosuid"
	ProbeNoNewPrivs    State = "probe-no-new-privs"
	ProbeBoundingSet   State = "probe-bounding-set"
	ProbeUserNamespace State = "probe-user-namespace"
	ProbeFailed        State = "probe-failed"
	ProbeSilent        State = "probe-silent"
)

// states are the helper's words on why it cannot serve.
var states = map[helper.Status]State{
	helper.StatusNotSetuid:     ProbeNotSetuid,
	helper.StatusNosuid:        ProbeNosuid,
	helper.StatusNoNewPrivs:    ProbeNoNewPrivs,
	helper.StatusBoundingSet:   ProbeBoundingSet,
	helper.StatusUserNamespace: ProbeUserNamespace,
	helper.StatusFailed:        ProbeFailed,
}

// patience is how long a helper may take for its hello, in seconds.
const patience = 10

// probe starts the helper as the supervisor does, as this user, and waits for
// its hello. It asks for nothing else.
func probe(path string) Finding {
	f := Finding{Check: "probe", State: ProbeReady, Subject: path}
	err := hello(path)
	if err == nil {
		return f
	}
	f.State, f.Level, f.Detail = ProbeSilent, Failure, err.Error()
	var unavailable *client.UnavailableError
	if errors.As(err, &unavailable) {
		if state, ok := states[unavailable.Status]; ok {
			f.State, f.Detail = state, ""
		}
	}
	return f
}

func hello(path string) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	conn := client.New(pair[0])
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	cmd := &exec.Cmd{Path: path, Args: []string{"gobind-helper"}, Env: []string{}, Dir: "/", Stdin: theirs}
	err = cmd.Start()
	_ = theirs.Close()
	if err != nil {
		_ = conn.Close()
		return err
	}
	limit := unix.Timeval{Sec: patience}
	err = unix.SetsockoptTimeval(pair[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit)
	if err == nil {
		err = conn.Hello()
	}
	_ = conn.Close() // upon which the helper ends
	if err != nil && errors.Is(err, unix.EAGAIN) {
		_ = cmd.Process.Kill() // it is the user's own
	}
	_ = cmd.Wait()
	return err
}
