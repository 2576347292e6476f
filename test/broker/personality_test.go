package broker

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// speakOn asks for port 80 over descriptor 3.
const speakOn = `import socket, sys
s = socket.socket(fileno=3)
hello = s.recv(512)
if hello[8] != 1: print("status", hello[8]); sys.exit()
t = socket.socket()
t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
socket.send_fds(s, [bytes.fromhex(sys.argv[1])], [t.fileno()])
reply = s.recv(512)
print("verdict", reply[12], "reason", reply[13], "port", t.getsockname()[1])`

// B5: nor does it help to connect outside of the namespace with the credentials that a
// process inside has lent to an io_uring of both.
func TestB5Personality(t *testing.T) {
	kit.ClearPolicy(t)
	kit.Allow(t, "rules.d/b5.rules", "permit gbalice tcp *:80\ndeny :gbweb tcp *:80\n")
	kit.RequireUnshare(t, "-U")
	kit.ServeBroker(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	program := kit.Build(t, "personality", kit.CC, "testdata/personality.c")
	cmd := testenv.Alice.Command(program, kit.BrokerSocket, "python3", "-c", speakOn, fmt.Sprintf("%x", kit.Request(1, kit.Port80)))
	cmd.Stdin = r
	p := kit.Start(t, cmd)
	_ = r.Close()
	kit.WaitOut(t, p, "\n")
	pid, _, _ := strings.Cut(p.Out(), "\n")
	if _, err := fmt.Sscan(pid, new(int)); err != nil {
		testenv.Skip(t, p.Out())
	}
	for _, file := range []string{"uid_map", "gid_map"} { // as newuidmap(1) and newgidmap(1) do
		if err := os.WriteFile("/proc/"+pid+"/"+file, []byte("0 61001 1\n1 200000 65536\n"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := fmt.Fprintln(w); err != nil {
		t.Fatal(err)
	}
	p.Wait(t)
	want(t, "by another's credentials", p.Out(), fmt.Sprintf("%s\nstatus %d\n", pid, helper.StatusUserNamespace))
}
