package testenv

import (
	"net"
	"os"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// The world is the test's own: what it writes to /etc stays there, its users
// exist, and an ordinary user can run programs in it.
func TestWorld(t *testing.T) {
	RequireRoot(t)
	if os.Getpid() == 1 {
		t.Error("the tests are pid 1: nobody reaps their orphans")
	}
	if _, err := os.Stat("/etc/authbind"); !os.IsNotExist(err) {
		t.Errorf("/etc/authbind of a new world: %v, want it absent", err)
	}
	if err := os.Mkdir("/etc/authbind", 0o755); err != nil {
		t.Error(err)
	}
	out, err := Alice.Command("id").CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	want := "uid=61001(gbalice) gid=61001(gbalice) groups=61001(gbalice),61010(gbweb)\n"
	if string(out) != want {
		t.Errorf("id as Alice: %q, want %q", out, want)
	}
	l, err := net.Listen("tcp", "127.0.0.1:80")
	if err != nil {
		t.Fatal("listen on the world's own loopback:", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
