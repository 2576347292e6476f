package hostile

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// Refusals that are alike do not fill the log: ten have records, and the rest is
// counted when the helper ends. Another refusal, and a bind, are records of their own.
func TestRefusalsAlike(t *testing.T) {
	kit.Grant(t, "82", testenv.Alice)
	log := testenv.StartSyslog(t)
	p, channel := called(t, testenv.Alice, plainly)
	kit.Hello(t, channel)
	for _, addr := range []string{"80", "81", "80", "82"} {
		port := netip.MustParseAddrPort("127.0.0.1:" + addr)
		for range 20 {
			sock := briefly(t, port.Addr(), unix.SOCK_STREAM)
			if r := kit.Exchange(t, channel, kit.Request(1, port), sock); r.Bound() != (addr == "82") {
				t.Fatalf("port %s: %+v", addr, r)
			}
			_ = unix.Close(sock)
		}
	}
	if err := unix.Shutdown(channel, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	p.Wait(t)
	want := map[string]int{"port=80 ": 11, "port=81 ": 11, "port=82 ": 20, "port=80 left_out=30": 1, "port=81 left_out=10": 1, "left_out=": 2}
	kit.Eventually(t, func() error {
		got := map[string]int{}
		for _, record := range log.Records(fmt.Sprintf("gobind-helper[%d]:", p.Cmd.Process.Pid)) {
			for key := range want {
				port, count, _ := strings.Cut(key, " ")
				if strings.Contains(record, port) && strings.Contains(record, count) {
					got[key]++
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("records %v, want %v", got, want)
		}
		return nil
	})
}
