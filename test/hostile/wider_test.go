package hostile

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// special are addresses that mean more than themselves or look like others, by the
// name that a policy file has for each.
var special = map[string]string{
	"127.0.0.1": "127.0.0.1:80", "0.0.0.0": "0.0.0.0:80", "255.255.255.255": "255.255.255.255:80", "224.0.0.1": "224.0.0.1:80",
	"127.255.255.255": "127.255.255.255:80", "::": "::,80", "::1": "::1,80", "::ffff:127.0.0.1": "::ffff:127.0.0.1,80",
	"::ffff:0.0.0.0": "::ffff:0.0.0.0,80", "::127.0.0.1": "::127.0.0.1,80", "ff02::1": "ff02::1,80", "fe80::1": "fe80::1,80",
	"64:ff9b::7f00:1": "64:ff9b::7f00:1,80",
}

// P8: a file for one of them permits that one and no other, on a stream or a datagram
// socket.
func TestP8SpecialAddresses(t *testing.T) {
	log := testenv.StartSyslog(t)
	for granted, name := range special {
		t.Run(granted, func(t *testing.T) {
			d := speak(t, testenv.Alice, log) // one each: of refusals alike few are recorded
			only(t, name)
			for asked := range special {
				for _, kind := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM} {
					addr := netip.AddrPortFrom(netip.MustParseAddr(asked), 80)
					sock := socketFor(t, addr.Addr(), kind)
					r := d.request(t, asked, kit.Request(1, addr), sock)
					if (r.Verdict == helper.Permit) != (asked == granted) || r.Bound() != (nameOf(t, sock) == addr) {
						t.Errorf("%s: %+v, and it is bound to %v", asked, r, nameOf(t, sock))
					}
				}
			}
		})
	}
}

// P8: :: on a socket of both families takes 0.0.0.0, too. IPV6_V6ONLY is flipped by
// another thread all the while: without a permission of :: itself none of the binds
// is permitted, whatever the option was at what moment. With it, both families are:
// that is authbind's law, and the file system's tree keeps it.
func TestP8FlippedBetweenCheckAndBind(t *testing.T) {
	for name, c := range map[string]struct {
		files   []string
		permits bool
	}{
		"IPv4":   {[]string{"0.0.0.0:80", "127.0.0.1:80", "::ffff:0.0.0.0,80", "::1,80"}, false},
		"itself": {[]string{"::,80"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			only(t, c.files...)
			n := kit.Hostile.Of(2000, 20_000)
			if c.permits {
				n /= 10
			}
			var asked, bound, both int
			conn := client.New(startFor(t))
			mixed := func() bool { return 0 < both && both < bound }
			for i := 0; i < n || c.permits && !mixed() && i < 20*n; i++ {
				if i%900 == 899 { // a helper serves a thousand
					_ = conn.Close()
					conn = client.New(startFor(t))
				}
				sock := briefly(t, netip.IPv6Unspecified(), unix.SOCK_STREAM)
				reply, wide := askFlipping(t, conn, sock)
				asked++
				if reply.Bound() {
					bound++
				}
				if wide {
					both++
				}
				_ = unix.Close(sock)
			}
			_ = conn.Close()
			t.Logf("%d requests: %d are bound, %d of them to both families", asked, bound, both)
			if want := map[bool]int{true: asked}[c.permits]; bound != want || c.permits && !mixed() {
				t.Errorf("%d of %d are bound, %d to both", bound, asked, both)
			}
		})
	}
}

// startFor starts a helper for Alice, whose channel the caller closes.
func startFor(t *testing.T) int {
	t.Helper()
	_, channel := called(t, testenv.Alice, plainly)
	return dup(t, channel)
}

// askFlipping asks for [::]:80 while IPV6_V6ONLY goes on and off, and returns the
// reply and whether the socket took 0.0.0.0, too.
func askFlipping(t *testing.T, conn *client.Conn, sock int) (helper.Reply, bool) {
	t.Helper()
	var wg sync.WaitGroup
	var stop atomic.Bool
	flipping := make(chan struct{})
	wg.Add(1)
	go func() {
		defer wg.Done()
		for i := 0; !stop.Load(); i++ {
			if i == 2 {
				close(flipping)
			}
			_ = unix.SetsockoptInt(sock, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, i%2)
		}
	}()
	<-flipping
	reply, err := conn.Bind(sock, netip.MustParseAddrPort("[::]:80"), 0, false, helper.Claim{})
	stop.Store(true)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if reply.Bound() != nameOf(t, sock).IsValid() {
		t.Errorf("%+v, and it is bound to %v", reply, nameOf(t, sock))
	}
	if !reply.Bound() {
		return reply, false
	}
	only, err := unix.GetsockoptInt(sock, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	if err != nil {
		t.Fatal(err)
	}
	return reply, only == 0
}
