package listen

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// listen is a command of Alice's under gobind --listen.
func listen(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return testenv.Alice.Command(testenv.Install(t).Gobind(), args...)
}

const (
	pythonServer = `import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hello\n")
server = http.server.HTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=3)
server.serve_forever()
`
	nodeServer = `require("http").createServer((_, response) => response.end("hello\n")).listen({fd: 3})`
	udpServer  = `import socket
s = socket.socket(fileno=3)
while True:
    text, sender = s.recvfrom(512)
    s.sendto(b"pong", sender)
`
)

// Programs that take their socket by the means of their language serve on it.
func TestPrograms(t *testing.T) {
	testenv.Require(t, "node")
	kit.Grant(t, "80", testenv.Alice)
	for name, argv := range map[string][]string{
		"Go":     {kit.Build(t, "listen-goserver", kit.Golang, "./testdata/goserver")},
		"Python": {"python3", "-c", pythonServer},
		"Node":   {"node", "-e", nodeServer},
	} {
		t.Run(name, func(t *testing.T) {
			p := kit.Start(t, listen(t, append([]string{"--listen", "tcp:80"}, argv...)...))
			for _, url := range []string{"http://127.0.0.1/", "http://[::1]/"} {
				if page := kit.Fetch(t, url); page != "hello\n" {
					t.Errorf("%s is %q", url, page)
				}
			}
			kit.WantSilence(t, p)
		})
	}
}

func TestDatagrams(t *testing.T) {
	kit.Grant(t, "53", testenv.Alice)
	kit.Start(t, listen(t, "--listen", "udp:53", "python3", "-c", udpServer))
	for _, addr := range []string{"127.0.0.1:53", "[::1]:53"} {
		if got := kit.WaitUDP(t, addr); got != "pong" {
			t.Errorf("%s answers %q", addr, got)
		}
	}
}

// nginxConf has a socket for each family, as nginx has it.
const nginxConf = `daemon off;
pid nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	server {
		listen 80;
		listen [::]:80;
		return 200 "hello\n";
	}
}
`

// nginx takes the sockets that NGINX names, as from an nginx before it, and binds none.
// make interop installs it; without that there is nothing to be tried.
func TestNginx(t *testing.T) {
	if _, err := exec.LookPath("nginx"); err != nil && os.Getenv("GOBIND_INTEROP") == "" { // scripts/interop sets it
		t.Log("no nginx here: make interop")
		return
	}
	testenv.Require(t, "nginx")
	kit.Grant(t, "80", testenv.Alice)
	dir := kit.DirOf(t, testenv.Alice)
	kit.Write(t, filepath.Join(dir, "nginx.conf"), nginxConf)
	p := kit.Start(t, listen(t, "--listen", "tcp4:80", "--listen", "tcp6:80",
		"env", "NGINX=3;4;", "nginx", "-p", dir, "-e", "stderr", "-c", "nginx.conf"))
	for _, url := range []string{"http://127.0.0.1/", "http://[::1]/"} {
		if page := kit.Fetch(t, url); page != "hello\n" {
			t.Errorf("%s is %q", url, page)
		}
	}
	kit.WantSilence(t, p)
}

// The C example serves what policy permits, and says what it does not.
func TestExampleInC(t *testing.T) {
	kit.Grant(t, "80", testenv.Alice)
	source := filepath.Join(testenv.Repo(), "examples/c/lowport.c")
	helper := testenv.Install(t).Helper()
	for name, compiler := range map[string][]string{"glibc": kit.CC, "musl": kit.Musl} {
		program := kit.Build(t, "lowport-"+name, append(append([]string{}, compiler...), "-Wextra", "-Werror"), source)
		p := kit.Start(t, testenv.Alice.Command(program, "127.0.0.1", "80", helper))
		if got := kit.ReadAll(t, "127.0.0.1:80"); got != "hello from C\n" {
			t.Errorf("%s: %q", name, got)
		}
		if state := p.Wait(t); !state.Success() {
			t.Errorf("%s: %v", name, state)
		}
		p = kit.Run(t, testenv.Alice.Command(program, "127.0.0.1", "81", helper))
		kit.WantOutput(t, p, "", "verdict 0, reason 0, Permission denied, source \n")
		p = kit.Run(t, testenv.Alice.Command("setpriv", "--no-new-privs", program, "127.0.0.1", "80", helper))
		kit.WantOutput(t, p, "", "no helper (status 4)\n")
	}
}
