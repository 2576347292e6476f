package broker

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/policydir"
)

// Whatever a client sends, with however many descriptors: the reply can be parsed,
// and nothing is bound where there is no policy.
func FuzzJudge(f *testing.F) {
	good := helper.AppendRequest(nil, helper.Request{ID: 1, Addr: netip.MustParseAddrPort("127.0.0.1:80")})
	f.Add(good, uint8(1))
	f.Add(good, uint8(0))
	f.Add(good, uint8(2))
	f.Add(good[:63], uint8(1))
	f.Add([]byte("GBND\x01\x02\x00\x40"), uint8(1))
	policydir.ConfDir, policydir.AuthbindDir = f.TempDir(), f.TempDir()
	s := &server{who: subject(61001, 61001), store: policydir.Open(61001), netns: 1}
	f.Fuzz(func(t *testing.T, frame []byte, count uint8) {
		var fds []int
		for range count % 4 {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			fds = append(fds, fd)
		}
		var err error
		if len(frame) > helper.MaxFrame {
			err = helper.ErrFrame
		}
		req, protocol, reply := s.judge(frame, fds, err)
		_ = record(s.who, req, protocol, reply)
		if parsed, err := helper.ParseReply(helper.AppendReply(nil, reply)); err != nil || parsed != reply {
			t.Errorf("%q: %+v is sent as %+v, %v", frame, reply, parsed, err)
		}
		if reply.Verdict == helper.Permit || reply.Errno == 0 {
			t.Errorf("%q: %+v", frame, reply)
		}
		for _, fd := range fds {
			if addr, err := unix.Getsockname(fd); err != nil || addr.(*unix.SockaddrInet4).Port != 0 {
				t.Errorf("%q: bound to %+v, %v", frame, addr, err)
			}
		}
		closeAll(fds)
	})
}

// The read-back accepts no status but one that says all that must be.
func FuzzThreadIsShed(f *testing.F) {
	f.Add([]byte(shedStatus))
	f.Add(bytes.ReplaceAll([]byte(shedStatus), []byte("400"), []byte("401")))
	f.Add([]byte("\nUid:\t1\t1\t1\t1\nUid:\t0\t0\t0\t0\n"))
	f.Fuzz(func(t *testing.T, status []byte) {
		if !threadIsShed(status, subject(61001, 61001), false) {
			return
		}
		for _, line := range []string{
			"\nUid:\t61001\t61001\t61001\t61001\n", "\nGid:\t61001\t61001\t61001\t61001\n", "\nCapBnd:\t0000000000000000\n",
			"\nCapAmb:\t0000000000000000\n",
		} {
			if !bytes.Contains(status, []byte(line)) {
				t.Errorf("accepted without %q:\n%s", line, status)
			}
		}
	})
}

// The errors of frames stay errors.
func TestJudgeKeepsErrors(t *testing.T) {
	s := &server{}
	if _, _, reply := s.judge(nil, nil, errors.New("truncated")); reply.Verdict != helper.Unserved || reply.Reason != helper.ReasonFrame {
		t.Errorf("%+v", reply)
	}
}
