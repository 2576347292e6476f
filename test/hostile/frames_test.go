package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// P1: what is no request is answered as one that cannot be understood, whatever it
// is, and the next one is served.
func TestP1Frames(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	sock := kit.TCPSocket(t)
	good := kit.Request(1, kit.Port80)
	refused := func(name string, message []byte) {
		t.Helper()
		d.unserved(t, name, helper.ReasonFrame, message, sock)
	}
	for n := range good {
		refused(fmt.Sprintf("%d bytes", n), good[:n])
	}
	for _, n := range []int{65, 128, helper.MaxFrame - 1, helper.MaxFrame, helper.MaxFrame + 1, 4096, 1 << 17} {
		refused(fmt.Sprintf("%d bytes", n), append(bytes.Clone(good), make([]byte, n-len(good))...))
		refused(fmt.Sprintf("%d bytes of requests", n), bytes.Repeat(good, n/len(good)+1)[:n])
	}
	refused("hello", helper.AppendHello(nil, helper.StatusReady))
	refused("reply", helper.AppendReply(nil, helper.Reply{Verdict: helper.Permit}))
	for at, values := range map[int][]byte{
		4:  {0, 2, 3, 127, 255},                  // version
		5:  {0, 1, 3, 4, 128, 255},               // type
		12: {2, 3, 128, 255},                     // personality
		13: {0, 1, 2, 5, 7, 10},                  // family
		56: {3, 4, 128, 255},                     // launch mode
		57: {1, 128}, 60: {1, 128}, 63: {1, 128}, // zero
	} {
		for _, value := range values {
			frame := bytes.Clone(good)
			frame[at] = value
			refused(fmt.Sprintf("byte %d is %d", at, value), frame)
		}
	}
	d.bound(t, "then a good one", kit.Port80, sock)
}

// P1: random bytes, and a request in which some are changed. The numbers are the
// same in each run; millions of frames are FuzzParseRequest's, in package helper.
func TestP1RandomBytes(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	random := rand.New(rand.NewPCG(1, 2))
	log := testenv.StartSyslog(t)
	var understood int
	for range 3 {
		d := speak(t, testenv.Alice, log)
		for i := range 900 {
			frame := kit.Request(1, kit.Port80)
			if i%2 == 0 {
				frame = make([]byte, random.IntN(helper.MaxFrame+2))
			}
			for range 1 + random.IntN(8) {
				if len(frame) > 0 {
					frame[random.IntN(len(frame))] = byte(random.Uint32())
				}
			}
			sock := briefly(t, kit.Port80.Addr(), unix.SOCK_STREAM)
			request, malformed := helper.ParseRequest(frame)
			reply, err := ask(t, d.channel, frame, sock)
			if err != nil || (reply.Reason == helper.ReasonFrame) != (malformed != nil) || reply.ID != request.ID {
				t.Fatalf("%q: %+v, %v", frame, reply, err)
			}
			if addr := nameOf(t, sock); reply.Bound() != addr.IsValid() || addr.IsValid() && addr != request.Addr {
				t.Errorf("%q: %+v, and it is bound to %v", frame, reply, addr)
			}
			if malformed == nil {
				understood++
			}
			_ = unix.Close(sock)
		}
		d.holdsNothing(t, "random bytes")
		_ = unix.Shutdown(d.channel, unix.SHUT_RDWR)
		d.p.Wait(t)
		quiet(t, "random bytes", d.p)
	}
	if understood == 0 {
		t.Error("no frame was a request: nothing but the parser was tried")
	}
}

// P1: requests before the hello, and many before a reply is read, are answered in
// their order; a message without a byte and without a descriptor is the end.
func TestP1Order(t *testing.T) {
	p, channel := called(t, testenv.Alice, plainly)
	rights := unix.UnixRights(kit.TCPSocket(t))
	for id := range uint32(8) {
		if err := unix.Sendmsg(channel, kit.Request(id, kit.Port80), rights, nil, unix.MSG_NOSIGNAL); err != nil {
			t.Fatal(err)
		}
	}
	kit.Hello(t, channel)
	for id := range uint32(8) {
		frame, err := receive(t, channel)
		if err != nil {
			t.Fatal(err)
		}
		if reply, err := helper.ParseReply(frame); err != nil || reply.ID != id || reply.Verdict != helper.Deny {
			t.Errorf("reply %d: %+v, %v", id, reply, err)
		}
	}
	if err := unix.Sendmsg(channel, nil, nil, nil, unix.MSG_NOSIGNAL); err != nil {
		t.Fatal(err)
	}
	if status := p.Wait(t).ExitCode(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if _, err := receive(t, channel); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	quiet(t, "order", p)
}
