package hostile

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// P10: who asks is who the kernel says. What a request says of itself is recorded as
// a claim, quoted, and decides nothing.
func TestP10Claims(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	log := testenv.StartSyslog(t)
	for _, u := range []testenv.User{testenv.Alice, testenv.Bob} {
		d := speak(t, u, log)
		for program, quoted := range map[string]string{
			"":                   `""`,
			"java":               `"java"`,
			"root uid=0":         `"root uid=0"`,
			"x\" uid=0 gid=0 \"": `"x\" uid=0 gid=0 \""`,
			"\n<86>su[1]: root":  `"\n<86>su[1]: root"`,
			"\x1b[2J\a\r\x7f":    `"\x1b[2J\a\r\x7f"`,
			"\xff\xfe\u202eabc":  `"\xff\xfe\u202eabc"`,
		} {
			claim := helper.Claim{PID: uint32(os.Getpid()), Program: program, Mode: 1}
			sock := briefly(t, kit.Port80.Addr(), unix.SOCK_STREAM)
			r := d.request(t, program, helper.AppendRequest(nil, helper.Request{Addr: kit.Port80, Claim: claim}), sock)
			if want := u.UID == testenv.Alice.UID; r.Bound() != want {
				t.Errorf("%s: %+v, want bound %v", u.Name, r, want)
			}
			records := log.Records(fmt.Sprintf("gobind-helper[%d]:", d.p.Cmd.Process.Pid))
			record := records[len(records)-1]
			verdict := map[bool]string{true: "permit", false: "deny"}[r.Bound()]
			for _, part := range []string{
				fmt.Sprintf(" verdict=%s uid=%d gid=%d ", verdict, u.UID, u.GID),
				fmt.Sprintf(" claimed_pid=%d claimed_program=%s claimed_mode=inplace", os.Getpid(), quoted),
			} {
				if !strings.Contains(record, part) {
					t.Errorf("the record has no %q:\n%q", part, record)
				}
			}
			if strings.ContainsFunc(record, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("the record has more than plain text: %q", record)
			}
			_ = unix.Close(sock)
		}
	}
}
