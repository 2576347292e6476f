package refusal

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/reason"
	"gobind/internal/testenv"
)

// Every reason and every state of a helper, with its cure.
func TestWords(t *testing.T) {
	conf := t.TempDir()
	for name, text := range map[string]string{
		"byport/81": "", "byport/!82": "", "byport/83": "", "byport/84": "", "byport/85": "", "byuid/4711": "# 86\n0.0.0.0/53/86\n",
	} {
		file := filepath.Join(conf, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	p := Paths{ConfDir: conf, AuthbindDir: conf + "/none", Helper: "/HELPER"}
	var all strings.Builder
	tell := func(line, cure string) { fmt.Fprintf(&all, "%s\n\t%s\n", line, cure) }
	for r := helper.Reason(0); r < 16; r++ {
		for _, addr := range []string{"127.0.0.1:80", "[::]:443", "[fe80::1%eth0]:600"} {
			tell(p.Refused(Refusal{4711, "tcp", netip.MustParseAddrPort(addr), r, helper.Source{File: conf + "/rules.d/x\x1b.rules", Line: 3}}))
		}
	}
	for _, port := range []uint16{81, 82, 86} {
		tell(p.Refused(Refusal{4711, "", netip.AddrPortFrom(netip.IPv4Unspecified(), port), helper.ReasonNoRule, helper.Source{}}))
	}
	for _, owner := range []uint32{uint32(os.Getuid()), uint32(os.Getuid()) + 1} {
		tell(p.Refused(Refusal{owner, "udp", netip.AddrPortFrom(netip.IPv4Unspecified(), 83), helper.ReasonNotExecutable, helper.Source{File: conf + "/byport/83"}}))
	}
	if os.Getuid() == 0 {
		if err := os.Chown(conf+"/byport/84", 4712, 0); err != nil {
			t.Fatal(err)
		}
		tell(p.Refused(Refusal{4711, "udp", netip.AddrPortFrom(netip.IPv4Unspecified(), 84), helper.ReasonNotExecutable, helper.Source{File: conf + "/byport/84"}}))
	}
	for s := helper.Status(0); s < 10; s++ {
		tell(p.NoHelper(s, errors.New("ERROR")))
		tell(p.NoHelper(s, &client.DialError{Path: "/SOCKET", Err: unix.ENOENT}))
		tell(p.NoHelper(s, &client.DialError{Path: "/SOCKET", Err: unix.EACCES}))
		tell(p.NoHelper(s, &client.DialError{Path: "/SOCKET", Err: unix.EAFNOSUPPORT}))
	}
	for r := helper.Reason(0); r < 16; r++ {
		tell(p.NoHelper(helper.StatusUnknown, &UnservedError{r}))
	}
	tell(reason.OfStatus(99, "/HELPER"), inTheWay("1:net_cls:/\n0::/system.slice/a\x1b.service\n"))
	if os.Getuid() != 0 {
		t.Skip("the golden file is root's")
	}
	testenv.Golden(t, "refusal.golden", strings.ReplaceAll(all.String(), conf, "/CONF"))
}
