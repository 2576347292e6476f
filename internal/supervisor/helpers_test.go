package supervisor

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
)

// fakeDoor opens channels to nobody, and counts them.
type fakeDoor struct {
	opened  int
	foreign []uint32 // uids of other subjects
	err     error
}

func (d *fakeDoor) open(as *identity) (*client.Conn, error) {
	if d.err != nil {
		return nil, d.err
	}
	d.opened++
	if as != nil {
		d.foreign = append(d.foreign, as.ruid)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return client.New(fds[0]), unix.Close(fds[1])
}

func fakeHelpers(d *fakeDoor) *helpers {
	return &helpers{open: d.open, self: identity{ruid: 1000}}
}

// replies answers one request after the other.
func replies(answers ...any) func(*client.Conn) (helper.Reply, error) {
	return func(*client.Conn) (helper.Reply, error) {
		next := answers[0]
		answers = answers[1:]
		if err, ok := next.(error); ok {
			return helper.Reply{}, err
		}
		return next.(helper.Reply), nil
	}
}

var (
	bound   = helper.Reply{Verdict: helper.Permit}
	restart = helper.Reply{Verdict: helper.Unserved, Reason: helper.ReasonRestart}
)

func TestHelperIsKept(t *testing.T) {
	d := &fakeDoor{}
	h := fakeHelpers(d)
	for range 3 {
		if r, err := h.bind(h.self, replies(bound)); err != nil || !r.Bound() {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if d.opened != 1 || len(d.foreign) != 0 {
		t.Errorf("%d helpers were started, as %v", d.opened, d.foreign)
	}
}

// A helper that had ended, or that asks for another, is replaced.
func TestHelperIsReplaced(t *testing.T) {
	d := &fakeDoor{}
	h := fakeHelpers(d)
	if r, err := h.bind(h.self, replies(client.ErrClosed, restart, bound)); err != nil || !r.Bound() {
		t.Errorf("%+v, %v", r, err)
	}
	if d.opened != 3 {
		t.Errorf("%d helpers were started", d.opened)
	}
}

// An unknown outcome is never tried again, and helpers are not started for ever.
func TestHelperFails(t *testing.T) {
	d := &fakeDoor{}
	h := fakeHelpers(d)
	lost := errors.New("lost")
	if _, err := h.bind(h.self, replies(lost, bound)); !errors.Is(err, lost) {
		t.Errorf("error %v", err)
	}
	if _, err := h.bind(h.self, replies(restart, restart, restart, restart, bound)); !errors.Is(err, client.ErrClosed) {
		t.Errorf("error %v", err)
	}
	d.err = errors.New("no door")
	if _, err := h.bind(h.self, replies(bound)); !errors.Is(err, d.err) {
		t.Errorf("error %v", err)
	}
}

// A helper that says early that it cannot serve is not kept, and one that says nothing is.
func TestGreet(t *testing.T) {
	for name, c := range map[string]struct {
		says []byte
		kept bool
	}{
		"nothing":      {nil, true},
		"it can serve": {helper.AppendHello(nil, helper.StatusReady), true},
		"it cannot":    {helper.AppendHello(nil, helper.StatusNosuid), false},
		"nonsense":     {[]byte("GBND"), false},
	} {
		var other int
		h := &helpers{self: identity{ruid: 1000}, open: func(*identity) (*client.Conn, error) {
			fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			other = fds[1]
			return client.New(fds[0]), err
		}}
		h.greet(h.self)
		if _, err := h.client(h.self); err != nil {
			t.Fatal(err)
		}
		if c.says != nil {
			if err := helper.Send(other, c.says, -1); err != nil {
				t.Fatal(err)
			}
		}
		h.greet(h.self)
		if kept := h.find(h.self) >= 0; kept != c.kept {
			t.Errorf("%s: kept: %v", name, kept)
		}
		_ = unix.Close(other)
	}
}

// Each subject has a helper of its own, and there are not too many.
func TestHelperForEachSubject(t *testing.T) {
	d := &fakeDoor{}
	h := fakeHelpers(d)
	for uid := range uint32(2 * maxHelpers) {
		if _, err := h.bind(identity{ruid: uid}, replies(bound)); err != nil {
			t.Error(err)
		}
		if len(h.clients) > maxHelpers {
			t.Fatalf("%d helpers", len(h.clients))
		}
		if h.find(identity{ruid: uid}) < 0 || uid >= maxHelpers && h.find(identity{ruid: uid - maxHelpers}) >= 0 {
			t.Errorf("subject %d: not the oldest helper made room", uid)
		}
	}
	if d.opened != 2*maxHelpers || len(d.foreign) != 2*maxHelpers {
		t.Errorf("%d helpers were started, %d for others", d.opened, len(d.foreign))
	}
}
