package e2e

import (
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// A program is one that binds, as it comes, a privileged port on both families.
type program struct {
	name string
	argv func(*testing.T) []string
}

// webServers serve the file index.html of their directory, or the same by
// themselves, on TCP port 80 of [::], which takes both families.
var webServers = []program{
	{"python", installed("python3", "-m", "http.server", "80", "--bind", "::")},
	{"node", installed("node", kit.Absolute("testdata/server.js"))},
	{"busybox", installed("busybox", "httpd", "-f", "-p", "80")},
	{"static C", func(t *testing.T) []string { return []string{staticServer(t)} }},
	{"dynamic C", func(t *testing.T) []string {
		return []string{kit.LoadedBy(t, "/ld-linux", kit.Build(t, "server", kit.CC, "testdata/server.c"))}
	}},
	{"dynamic musl", func(t *testing.T) []string {
		return []string{kit.LoadedBy(t, "/ld-musl-", kit.Build(t, "server-musl", kit.Musl, "testdata/server.c"))}
	}},
	{"Go", func(t *testing.T) []string { return []string{goServer(t)} }},
}

// nameServers answer the datagrams of UDP port 53, on a socket for each family.
var nameServers = []program{
	{"python", installed("python3", kit.Absolute("testdata/udp.py"))},
	{"Go", func(t *testing.T) []string { return []string{goServer(t), "udp"} }},
}

func TestWebServers(t *testing.T) {
	for _, p := range webServers {
		t.Run(p.name, func(t *testing.T) {
			showProgram(t, p.argv(t), "80", "tcp [::]:80", wantPage)
		})
	}
}

// The web server as everybody starts it takes one family, which depends on the
// system.
func TestPythonWebServer(t *testing.T) {
	kit.InModes(t, func(t *testing.T, mode string) {
		kit.Grant(t, "80", testenv.Alice)
		kit.Start(t, kit.Under(t, testenv.Alice, mode, "python3", "-m", "http.server", "80"))
		if page := kit.Fetch(t, "http://localhost/"); !strings.Contains(page, "Directory listing for /") {
			t.Errorf("the page is %q", page)
		}
	})
}

func TestNameServers(t *testing.T) {
	for _, p := range nameServers {
		t.Run(p.name, func(t *testing.T) {
			showProgram(t, p.argv(t), "53", "udp 0.0.0.0:53", func(t *testing.T) {
				for addr, want := range map[string]string{"127.0.0.1:53": "udp4", "[::1]:53": "udp6"} {
					if got := kit.WaitUDP(t, addr); got != want {
						t.Errorf("%s answers %q, want %q", addr, got, want)
					}
				}
			})
		})
	}
}

// Go's listeners are MPTCP sockets where the kernel has them: to policy that is
// tcp, and it stays MPTCP.
func TestMPTCP(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	want := "protocol 6\n"
	if strings.TrimSpace(kit.Contents("/proc/sys/net/mptcp/enabled")) == "1" {
		want = "protocol 262\n"
	}
	p := kit.Start(t, kit.Under(t, testenv.Alice, "auto", goServer(t)))
	wantPage(t)
	if got := p.Out(); got != want {
		t.Errorf("the server's socket: %q, want %q", got, want)
	}
}
