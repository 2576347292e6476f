package names_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/names"
	"gobind/policy"
)

// system makes a root directory with files below etc.
func system(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const passwd = " \t\v\f\rlead:x:16:16::/:\n  #hash:x:17:17::/:\n\t+nis:x:18:18::/:\n" + `root:x:0:0:root:/root:/bin/sh
# comment:x:1:1::/:
#hash:x:2:2::/:
+nis:x:3:3::/:
-nis:x:4:4::/:
:x:5:5::/:
short:x:6
half:x:7
huge:x:4294967296:8::/:
negative:x:-9:9::/:
plus:x:+10:10::/:
blank:x: 11:11::/:
hex:x:0x12:12::/:
twice:x:13:13::/:
twice:x:14:14::/:
max:x:4294967295:1::/:

last:x:15:15`

// A user or group is found by the lines that nss_files would find it by; the
// first of a name counts, and what is malformed is nobody.
func TestIDs(t *testing.T) {
	f := names.Of(system(t, map[string]string{"passwd": passwd, "group": passwd}))
	for name, want := range map[string]uint32{"root": 0, "twice": 13, "max": 4294967295, "last": 15, "lead": 16} {
		if uid, ok := f.User(name); !ok || uid != want {
			t.Errorf("user %s: %d, %v, want %d", name, uid, ok, want)
		}
		if gid, ok := f.Group(name); !ok || gid != want {
			t.Errorf("group %s: %d, %v, want %d", name, gid, ok, want)
		}
	}
	for _, name := range []string{
		"", "# comment", "#hash", "+nis", "-nis", "nis", "short", "half", "huge", "negative", "plus", "blank", "hex", "x", "0", "Root",
	} {
		if uid, ok := f.User(name); ok {
			t.Errorf("user %q: %d", name, uid)
		}
	}
	for id := range uint32(20) {
		want := id == 0 || id >= 13 && id <= 16
		if f.HasUser(id) != want || f.HasGroup(id) != want {
			t.Errorf("id %d: user %v, group %v, want %v", id, f.HasUser(id), f.HasGroup(id), want)
		}
	}
}

func TestServices(t *testing.T) {
	f := names.Of(system(t, map[string]string{"services": `# services
http		80/tcp		www www-http	# WorldWideWeb
http 80/sctp
domain 53/udp nameserver
domain	54/udp
www 81/tcp
zero 0/tcp
huge 65536/tcp
none
noproto 90
#off 91/tcp
bad x/tcp
last 65535/tcp`}))
	for _, test := range []struct {
		name     string
		protocol policy.Protocol
		want     uint16
	}{
		{"http", policy.ProtocolTCP, 80}, {"www", policy.ProtocolTCP, 80}, {"www-http", policy.ProtocolTCP, 80},
		{"http", policy.ProtocolSCTP, 80}, {"www", policy.ProtocolSCTP, 0}, {"http", policy.ProtocolUDP, 0},
		{"domain", policy.ProtocolUDP, 53}, {"nameserver", policy.ProtocolUDP, 53}, {"last", policy.ProtocolTCP, 65535},
		{"zero", policy.ProtocolTCP, 0}, {"huge", policy.ProtocolTCP, 0}, {"none", policy.ProtocolTCP, 0},
		{"noproto", policy.ProtocolTCP, 0}, {"#off", policy.ProtocolTCP, 0}, {"off", policy.ProtocolTCP, 0},
		{"bad", policy.ProtocolTCP, 0}, {"#", policy.ProtocolTCP, 0}, {"WorldWideWeb", policy.ProtocolTCP, 0},
		{"80/tcp", policy.ProtocolTCP, 0}, {"", policy.ProtocolTCP, 0},
	} {
		if port, ok := f.Service(test.name, test.protocol); port != test.want || ok != (test.want != 0) {
			t.Errorf("%s/%v: %d, %v, want %d", test.name, test.protocol, port, ok, test.want)
		}
	}
}

// A file is read at its first use, once.
func TestLazy(t *testing.T) {
	root := system(t, nil)
	f := names.Of(root)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, "etc/passwd"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a:x:1:1::/:\n")
	if _, ok := f.User("a"); !ok {
		t.Error("written before the first use, and not read")
	}
	write("b:x:1:1::/:\n")
	if _, ok := f.User("b"); ok {
		t.Error("read again")
	}
}

// What cannot be read has no names, and keeps nobody waiting.
func TestUnreadable(t *testing.T) {
	const line = "a:x:1:1::/:\n"
	for name, spoil := range map[string]func(file string) error{
		"missing":   func(string) error { return nil },
		"fifo":      func(file string) error { return unix.Mkfifo(file, 0o644) },
		"directory": func(file string) error { return os.Mkdir(file, 0o755) },
		"too big": func(file string) error {
			return os.WriteFile(file, append([]byte(line), make([]byte, 8<<20)...), 0o644)
		},
		"loop": func(file string) error { return os.Symlink("passwd", file) },
	} {
		root := system(t, nil)
		if err := spoil(filepath.Join(root, "etc/passwd")); err != nil {
			t.Fatal(err)
		}
		f := names.Of(root)
		if _, ok := f.User("a"); ok || f.HasUser(1) {
			t.Errorf("%s: has names", name)
		}
	}
	if f := names.Of(filepath.Join(t.TempDir(), "missing")); f.HasUser(0) {
		t.Error("missing root: has names")
	}
}

// Symbolic links in an image stay in the image.
func TestRoot(t *testing.T) {
	root := system(t, map[string]string{"real": "a:x:1:1::/:\n"})
	for link, target := range map[string]string{"passwd": "/etc/real", "group": "/../../etc/group"} {
		if err := os.Symlink(target, filepath.Join(root, "etc", link)); err != nil {
			t.Fatal(err)
		}
	}
	f := names.Of(root)
	if _, ok := f.User("a"); !ok {
		t.Error("a link to /etc/real was not followed below root")
	}
	if f.HasGroup(0) {
		t.Error("a link left the root directory")
	}
}

// This system's own files, and a large one.
func TestReal(t *testing.T) {
	f := names.Of("/")
	if uid, ok := f.User("root"); !ok || uid != 0 || !f.HasUser(0) {
		t.Errorf("root: %d, %v", uid, ok)
	}
	big := bytes.Repeat([]byte("padding:x:99:99::/home/padding:/bin/sh\n"), 200_000)
	if len(big) > 8<<20 {
		t.Fatal("too big")
	}
	f = names.Of(system(t, map[string]string{"group": string(append(big, "last:x:7:\n"...))}))
	if gid, ok := f.Group("last"); !ok || gid != 7 {
		t.Errorf("last of a large file: %d, %v", gid, ok)
	}
}
