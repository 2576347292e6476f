package supervisor

import (
	"math"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
)

// reports collects what a reporter is told.
type reports struct {
	refused []Refusal
	trouble []Trouble
}

func (r *reports) Refused(f Refusal) { r.refused = append(r.refused, f) }
func (r *reports) Trouble(f Trouble) { r.trouble = append(r.trouble, f) }

// Only a permit without errno is a success; what was not judged is the kernel's.
func TestAnswer(t *testing.T) {
	req := request{addr: address{AddrPort: netip.MustParseAddrPort("127.0.0.1:80")}, socket: -1}
	for name, c := range map[string]struct {
		reply helper.Reply
		want  response
		told  int
	}{
		"bound":               {helper.Reply{Verdict: helper.Permit}, response{decided: true}, 0},
		"in use":              {helper.Reply{Verdict: helper.Permit, Errno: 98}, response{decided: true, errno: unix.EADDRINUSE}, 0},
		"denied":              {helper.Reply{Errno: 13}, response{decided: true, errno: unix.EACCES}, 1},
		"denied as authbind":  {helper.Reply{Errno: 1}, response{decided: true, errno: unix.EPERM}, 1},
		"denied, no errno":    {helper.Reply{}, response{decided: true, errno: unix.EACCES}, 1},
		"not served":          {helper.Reply{Verdict: helper.Unserved}, kernel, 0},
		"not served, errno 0": {helper.Reply{Verdict: helper.Unserved, Reason: helper.ReasonSocket}, kernel, 0},
		"unknown verdict":     {helper.Reply{Verdict: 99}, kernel, 0},
	} {
		told := &reports{}
		s := &Supervisor{report: told}
		if got := s.answer(req, c.reply); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if len(told.refused) != c.told {
			t.Errorf("%s: told %d times", name, len(told.refused))
		}
	}
}

func TestIsPrivileged(t *testing.T) {
	fd, err := unix.MemfdCreate("start", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // a memfd
	set := func(text string) {
		if err := unix.Ftruncate(fd, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Pwrite(fd, []byte(text), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		start    string
		authbind bool
		want     []uint16 // the privileged among 0, 1, 80, 1023, 1024, 1999, 65535
	}{
		{"1024\n", false, []uint16{1, 80, 1023}},
		{"0\n", false, nil},
		{"80\n", false, []uint16{1}},
		{"2000\n", false, []uint16{1, 80, 1023, 1024, 1999}},
		{"65536\n", false, []uint16{1, 80, 1023, 1024, 1999, 65535}},
		{"junk\n", false, []uint16{1, 80, 1023}},
		{"0\n", true, []uint16{1, 80, 1023}},
		{"2000\n", true, []uint16{1, 80, 1023}},
	} {
		set(c.start)
		s := &Supervisor{Authbind: c.authbind, portStart: portStart{fd}}
		var got []uint16
		for _, port := range []uint16{0, 1, 80, 1023, 1024, 1999, math.MaxUint16} {
			if s.isPrivileged(port) {
				got = append(got, port)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("start %q, authbind %v: %v, want %v", c.start, c.authbind, got, c.want)
		}
	}
}

func TestCanBind(t *testing.T) {
	capable := uint64(1 << unix.CAP_NET_BIND_SERVICE)
	tid := unix.Getpid()
	for name, c := range map[string]struct {
		id       identity
		authbind bool
		want     bool
	}{
		"user":                      {identity{euid: 1}, false, false},
		"effective root":            {identity{ruid: 1}, false, true},
		"capability":                {identity{euid: 1, effective: capable}, false, true},
		"another capability":        {identity{euid: 1, effective: ^capable}, false, false},
		"capability under authbind": {identity{euid: 1, effective: capable}, true, false},
		"root under authbind":       {identity{}, true, true},
	} {
		if got := c.id.canBind(tid, c.authbind); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
