package launch

import (
	"os/exec"
	"testing"
)

// A process knows its children by /proc, whatever their names are.
func TestChildren(t *testing.T) {
	if pids := inherited(); len(pids) != 0 {
		t.Fatalf("children %v before there is one", pids)
	}
	cmd := exec.Command("/bin/sh", "-c", "printf 'a) S 1 (' > /proc/self/comm; echo; read line")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has its name
		t.Fatal(err)
	}
	if pids := inherited(); len(pids) != 1 || !pids[cmd.Process.Pid] {
		t.Errorf("children %v, want %d", pids, cmd.Process.Pid)
	}
	_ = in.Close()
	if err := cmd.Wait(); err == nil {
		t.Error("its input had a line")
	}
}
