package hostile

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// linkLocal gives the loopback interface, which has index 1, the address fe80::1.
func linkLocal(t *testing.T) {
	t.Helper()
	testenv.RequireRoot(t)
	kit.MustRun(t, exec.Command("ip", "addr", "add", "fe80::1/64", "dev", "lo", "nodad"))
	t.Cleanup(func() { kit.MustRun(t, exec.Command("ip", "addr", "del", "fe80::1/64", "dev", "lo")) })
}

// only makes policy files, of which each permits Alice one address, until the test
// ends.
func only(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		kit.Grant(t, "../byaddr/"+name, testenv.Alice)
	}
}

// P7: whatever a program passes as an address, of whatever length, what is bound is
// what was judged, or nothing. Lengths of 32 to 110 are left to the kernel.
func TestP7Lengths(t *testing.T) {
	linkLocal(t)
	only(t, "127.0.0.1:80", "::1,80", "fe80::1,80")
	bound := map[string]string{"four": "bound 127.0.0.1 80", "six": "bound ::1 80"}
	unbound := map[string]string{"four": " 0.0.0.0 0", "six": " :: 0"}
	var want strings.Builder
	for _, name := range []string{"four", "six"} {
		least := map[string]int{"four": 16, "six": 24}[name]
		for _, n := range []int{0, 1, 2, 15, 16, 17, 23, 24, 27, 28, 31, 32, 110, 111, 127, 128, 129, 65535, 1<<31 - 1, -1, -1 << 31} {
			switch {
			case name == "four" && n == 23 || name == "six" && n == 17:
			case n < least || n > 128:
				fmt.Fprintln(&want, name, n, "EINVAL"+unbound[name])
			case 32 <= n && n <= 110:
				fmt.Fprintln(&want, name, n, "EACCES"+unbound[name])
			default:
				fmt.Fprintln(&want, name, n, bound[name])
			}
		}
	}
	want.WriteString(`unspec any 16 EACCES 0.0.0.0 0
unspec loopback 16 EAFNOSUPPORT 0.0.0.0 0
unspec six 28 EAFNOSUPPORT :: 0
four on six 28 EINVAL :: 0
six on four 28 EAFNOSUPPORT 0.0.0.0 0
family 258 16 EAFNOSUPPORT 0.0.0.0 0
link-local, no scope 24 EINVAL :: 0
link-local, scope 28 bound fe80::1 80
`)
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Run(t, kit.Under(t, testenv.Alice, mode, "python3", kit.Absolute("testdata/lengths.py")))
		if got, want := strings.Split(p.Out(), "\n"), strings.Split(want.String(), "\n"); len(got) != len(want) {
			t.Errorf("got %d lines, want %d:\n%s", len(got), len(want), p.Out())
		} else {
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("got %q, want %q", got[i], want[i])
				}
			}
		}
	})
}

// P7: ports that need no privilege are not the helper's, by hand as little as
// through gobind; every one that does is bound as it was asked for.
func TestP7Ports(t *testing.T) {
	kit.Allow(t, "byuid/61001", "0.0.0.0/0,0-65535\n")
	kit.Allow(t, "byuid/!61001", "0.0.0.0/0,0-65535\n")
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	for _, port := range []uint16{0, 1024, 1025, 8080, 32768, 65535} {
		addr := netip.AddrPortFrom(kit.Port80.Addr(), port)
		d.unserved(t, addr.String(), helper.ReasonPort, kit.Request(1, addr), kit.TCPSocket(t))
	}
	for _, port := range []uint16{1, 80, 255, 256, 511, 512, 1023} {
		addr := netip.AddrPortFrom(kit.Port80.Addr(), port)
		d.bound(t, addr.String(), addr, kit.TCPSocket(t))
	}
}

// P7b: what a request has beside family, address, port and scope is refused, and
// what is bound is made of these: nothing that the caller wrote goes to bind(2) as it
// is.
func TestP7bRebuilt(t *testing.T) {
	linkLocal(t)
	kit.Grant(t, "80", testenv.Alice)
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	junk := map[string]func(frame []byte){
		"after an IPv4 address":     func(f []byte) { f[24] = 1 },
		"at the end of that":        func(f []byte) { f[35] = 1 },
		"zone of an IPv4 address":   func(f []byte) { f[19] = 1 },
		"family AF_UNSPEC":          func(f []byte) { f[13] = 0 },
		"family AF_INET6":           func(f []byte) { f[13] = 10 },
		"text after a program name": func(f []byte) { copy(f[40:], "a\x00%lo") },
		"after all":                 func(f []byte) { f[63] = 1 },
	}
	for name, spoil := range junk {
		frame := kit.Request(1, kit.Port80)
		spoil(frame)
		d.unserved(t, name, helper.ReasonFrame, frame, kit.TCPSocket(t))
	}
	local := netip.MustParseAddrPort("[fe80::1]:80")
	for scope, want := range map[uint32]unix.Errno{0: unix.EINVAL, 1: 0, 2: unix.ENODEV, 1 << 31: unix.ENODEV} {
		sock := socketFor(t, local.Addr(), unix.SOCK_STREAM)
		frame := helper.AppendRequest(nil, helper.Request{Addr: local, ScopeID: scope})
		r := d.request(t, "scope", frame, sock)
		name, err := unix.Getsockname(sock)
		if err != nil || unix.Errno(r.Errno) != want || r.Bound() && name.(*unix.SockaddrInet6).ZoneId != scope {
			t.Errorf("scope %d: %+v, want %v; it is bound to %+v, %v", scope, r, want, name, err)
		}
		records := d.log.Records(fmt.Sprintf("gobind-helper[%d]:", d.p.Cmd.Process.Pid))
		told := " port=80 " + map[bool]string{true: fmt.Sprintf("scope=%d ", scope)}[scope != 0] + "errno="
		if record := records[len(records)-1]; !strings.Contains(record, told) {
			t.Errorf("the record has no %q: %q", told, record)
		}
	}
	wide := netip.MustParseAddrPort("[::1]:80")
	sock := socketFor(t, wide.Addr(), unix.SOCK_STREAM)
	frame := helper.AppendRequest(nil, helper.Request{Addr: wide, ScopeID: 1 << 30}) // where none belongs
	if r := d.request(t, "scope of ::1", frame, sock); !r.Bound() || nameOf(t, sock) != wide {
		t.Errorf("%+v, and it is bound to %v", r, nameOf(t, sock))
	}
}

// P7b: a zone is no part of what is judged, and so of no name: a file that has one in
// its name permits nothing.
func TestP7bZone(t *testing.T) {
	linkLocal(t)
	only(t, "fe80::1%lo,80", "fe80::1%1,80")
	local := netip.MustParseAddrPort("[fe80::1]:80")
	frame := helper.AppendRequest(nil, helper.Request{Addr: local, ScopeID: 1})
	d := speak(t, testenv.Alice, testenv.StartSyslog(t))
	if r := d.request(t, "zone", frame, socketFor(t, local.Addr(), unix.SOCK_STREAM)); r.Verdict != helper.Deny {
		t.Errorf("%+v", r)
	}
	only(t, "fe80::1,80")
	if r := d.request(t, "no zone", frame, socketFor(t, local.Addr(), unix.SOCK_STREAM)); !r.Bound() {
		t.Errorf("%+v", r)
	}
}
