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

// startFile is a file with the first port that is not privileged, and what sets it.
func startFile(t *testing.T) (fd int, set func(string)) {
	t.Helper()
	fd, err := unix.MemfdCreate("start", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd, func(text string) {
		if err := unix.Ftruncate(fd, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Pwrite(fd, []byte(text), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// A port that is no longer privileged is the kernel's, whatever came of asking, and one
// that is by now is seen at once.
func TestStartChanges(t *testing.T) {
	req := request{addr: address{AddrPort: netip.MustParseAddrPort("127.0.0.1:3000")}, socket: -1}
	for name, reply := range map[string]helper.Reply{
		"refused":                         {Verdict: helper.Deny, Errno: 13},
		"not privileged, says the helper": {Verdict: helper.Unserved, Reason: helper.ReasonPort, Errno: 13},
		"bind(2) failed":                  {Verdict: helper.Permit, Errno: 13},
	} {
		fd, set := startFile(t)
		told := &reports{}
		s := &Supervisor{report: told, portStart: portStart{fd: fd}}
		set("5000\n")
		if !s.isPrivileged(3000) || s.isPrivileged(5000) {
			t.Error("5000 is the first that is not privileged")
		}
		set("1024\n")
		if got := s.answer(req, reply); got != kernel {
			t.Errorf("%s: %+v", name, got)
		}
		s.unavailable(req, unix.ENOENT)
		if len(told.refused)+len(told.trouble) != 0 {
			t.Errorf("%s: told %v, %v", name, told.refused, told.trouble)
		}
		if s.isPrivileged(3000) {
			t.Errorf("%s: 3000 is still privileged", name)
		}
		set("5000\n")
		if !s.isPrivileged(3000) {
			t.Errorf("%s: 3000 is not privileged again", name)
		}
		s.unavailable(req, unix.ENOENT)
		if got := s.answer(req, helper.Reply{Verdict: helper.Permit}); got != (response{decided: true}) || len(told.trouble) != 1 {
			t.Errorf("%s: %+v, told %v", name, got, told.trouble)
		}
	}
}

// As authbind the file counts for nothing.
func TestStartOfAuthbind(t *testing.T) {
	fd, set := startFile(t)
	told := &reports{}
	s := &Supervisor{Authbind: true, report: told, portStart: portStart{fd: fd}}
	set("80\n")
	req := request{addr: address{AddrPort: netip.MustParseAddrPort("127.0.0.1:80")}, socket: -1}
	if got := s.answer(req, helper.Reply{Errno: 1}); got.errno != unix.EPERM || len(told.refused) != 1 {
		t.Errorf("%+v, told %v", got, told.refused)
	}
}

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
		s := &Supervisor{report: told, portStart: portStart{fd: -1}}
		if got := s.answer(req, c.reply); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if len(told.refused) != c.told {
			t.Errorf("%s: told %d times", name, len(told.refused))
		}
	}
}

func TestIsPrivileged(t *testing.T) {
	fd, set := startFile(t)
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
		s := &Supervisor{Authbind: c.authbind, portStart: portStart{fd: fd}}
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
