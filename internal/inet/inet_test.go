package inet

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
)

// Lines of /proc/net as a little-endian machine writes them.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		file, line string
		want       Socket
	}{
		{"tcp", "   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0",
			Socket{"tcp", netip.MustParseAddrPort("127.0.0.1:80"), Listen, 1000, 4242}},
		{"tcp6", "   1: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 x 1",
			Socket{"tcp", netip.MustParseAddrPort("[2001:db8::1]:443"), Listen, 0, 7}},
		{"udp", "   5: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 9 2 x 0",
			Socket{"udp", netip.MustParseAddrPort("0.0.0.0:53"), Listen, 0, 9}},
		{"tcp", "   2: 0100007F:0050 0100007F:D431 06 00000000:00000000 03:00001388 00000000     0        0 0 3 x",
			Socket{"tcp", netip.MustParseAddrPort("127.0.0.1:80"), "time-wait", 0, 0}},
		{"sctp/eps", " ffff8800 ffff8801 2   10  12    80  1000 4243 127.0.0.1",
			Socket{"sctp", netip.MustParseAddrPort("127.0.0.1:80"), Listen, 1000, 4243}},
	} {
		if got, ok := parse(c.file, c.line); !ok || got != c.want {
			t.Errorf("%s: %v %v, want %v", c.file, got, ok, c.want)
		}
	}
	for _, line := range []string{"", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
		"0: 01:0050 0:0 0A 0 0 0 0 0 0 0", "0: 0100007F:FFFFF 0:0 0A 0 0 0 0 0 0 0"} {
		if got, ok := parse("tcp", line); ok {
			t.Errorf("%q: %v, want none", line, got)
		}
	}
}

// A listener of this process is found, and that it is this process's; Go's is an
// MPTCP socket.
func TestOwnSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	sockets, err := Sockets()
	if err != nil {
		t.Fatal(err)
	}
	want := netip.MustParseAddrPort(l.Addr().String())
	i := slices.IndexFunc(sockets, func(s Socket) bool { return s.Addr == want && s.State == Listen })
	if i < 0 {
		t.Fatalf("%v is not in %v", want, sockets)
	}
	if pids := FindOwners().Of(sockets[i]); !slices.Contains(pids, os.Getpid()) {
		t.Errorf("processes %v, want %d", pids, os.Getpid())
	}
	p, ok := ReadProcess(os.Getpid())
	if !ok || p.Parent != os.Getppid() || p.UID != uint32(os.Getuid()) || p.Name == "" {
		t.Errorf("own process: %+v", p)
	}
}
