package hostile

import (
	"os"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// A process can make its command line as long as it likes, and root's gobindctl, which
// looks at all of them, needs no more memory for it.
func TestHugeCommandLine(t *testing.T) {
	gobindctl := testenv.Install(t).Gobindctl()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	cmd := testenv.Alice.Command(attack(t, "cmdline"), "0x40000000")
	cmd.Stdin = r
	p := kit.Start(t, cmd)
	_ = r.Close()
	kit.WaitOut(t, p, "\n")
	if p.Out() != "ready\n" {
		testenv.Skip(t, "a command line of 1 GiB is "+p.Out()) // no CONFIG_CHECKPOINT_RESTORE
	}
	kit.Grant(t, "80", testenv.Alice)
	a := kit.StartAsker(t, kit.LaunchModes()[0])
	a.Want(t, "bound")
	ctl := kit.Run(t, testenv.Root.Command("prlimit", "--data=500000000", gobindctl, "ps"))
	if !ctl.Cmd.ProcessState.Success() || !strings.Contains(ctl.Out(), "gbalice") {
		t.Errorf("%v, stdout %q, stderr %.500q", ctl.Cmd.ProcessState, ctl.Out(), ctl.Err())
	}
}
