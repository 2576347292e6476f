package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1" //nolint:gosec // apk's checksum of a file
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// apkVersion is what apk takes for a version, with the revision.
var apkVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*-r[0-9]+$`)

// What apk checks when it installs a package is so: .PKGINFO has the checksum of the
// archive of the files, each file its own; version and architecture are apk's.
func TestApkSums(t *testing.T) {
	for _, name := range []string{"gobind", "gobind-authbind"} {
		packed, err := os.ReadFile(file(t, packages(t), name+"_*.apk"))
		if err != nil {
			t.Fatal(err)
		}
		rest := bytes.NewReader(packed)
		control := member(t, rest)
		data := packed[len(packed)-rest.Len():]
		info := pkginfo(t, control)
		if sum := sha256.Sum256(data); info["datahash"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: datahash is %s", name, info["datahash"])
		}
		if info["pkgname"] != name || !apkVersion.MatchString(info["pkgver"]) || !regexp.MustCompile(`^(x86_64|aarch64|noarch)$`).MatchString(info["arch"]) {
			t.Errorf("%s: %v", name, info)
		}
		files := 0
		archive := tar.NewReader(bytes.NewReader(member(t, bytes.NewReader(data))))
		for h, err := archive.Next(); !errors.Is(err, io.EOF); h, err = archive.Next() {
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha1.Sum(text) //nolint:gosec // as above
			if h.Typeflag != tar.TypeReg {
				continue
			}
			files++
			if got := h.PAXRecords["APK-TOOLS.checksum.SHA1"]; got != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: %s has checksum %q", name, h.Name, got)
			}
		}
		if files == 0 {
			t.Errorf("%s has no files", name)
		}
	}
}

// member reads one compressed member, and leaves r at the next.
func member(t *testing.T, r *bytes.Reader) []byte {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pkginfo are the fields of .PKGINFO, of those that are there twice the last.
func pkginfo(t *testing.T, control []byte) map[string]string {
	t.Helper()
	text := tarEntries(t, io.MultiReader(bytes.NewReader(control), bytes.NewReader(make([]byte, 1024))))["/.PKGINFO"].text
	fields := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), " = "); found {
			fields[name] = value
		}
	}
	return fields
}

// The apks say what they need and what they take the place of, each in one line. apk 2
// does not install a package that conflicts with what it provides itself, so what keeps
// authbind away is that the name is provided with a version.
func TestApkRelations(t *testing.T) {
	lines := func(name string) []string {
		t.Helper()
		_, control := apkEntries(t, file(t, packages(t), name+"_*.apk"))
		return strings.Split(strings.TrimSuffix(string(control["/.PKGINFO"].text), "\n"), "\n")
	}
	var version string
	for _, line := range lines("gobind") {
		if strings.HasPrefix(line, "depend = ") {
			t.Errorf("gobind needs something: %s", line)
		}
		if found, ok := strings.CutPrefix(line, "pkgver = "); ok {
			version = found
		}
	}
	got := lines("gobind-authbind")
	for _, line := range []string{"depend = gobind=" + version, "provides = authbind=" + version, "replaces = authbind", "pkgdesc = gobind in place of authbind"} {
		if !slices.Contains(got, line) {
			t.Errorf("gobind-authbind lacks %q: %q", line, got)
		}
	}
	for _, line := range got {
		if !strings.Contains(line, " = ") && !strings.HasPrefix(line, "#") || strings.HasPrefix(line, "depend = !") {
			t.Errorf("gobind-authbind has the line %q", line)
		}
	}
}

// A system as Alpine is, with busybox and no C library: the apk, unpacked by busybox's
// tar, is all that a program of alice's needs to serve port 80, and no other.
func TestApkOnBusybox(t *testing.T) {
	testenv.RequireRoot(t)
	root := filepath.Join(testenv.Dir(), "alpine")
	for _, dir := range []string{"bin", "proc", "dev", "etc", "home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	output(t, "cp", testenv.Require(t, "busybox"), filepath.Join(root, "bin/busybox"))
	put(t, filepath.Join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\nalice:x:61001:61001::/home:/bin/sh\n")
	put(t, filepath.Join(root, "etc/group"), "root:x:0:\nalice:x:61001:\n")
	put(t, filepath.Join(root, "home/index.html"), "alpine\n")
	for _, m := range []struct{ what, where, kind string }{{"proc", "proc", "proc"}, {"/dev", "dev", ""}} {
		where := filepath.Join(root, m.where)
		if err := unix.Mount(m.what, where, m.kind, map[bool]uintptr{true: unix.MS_BIND | unix.MS_REC}[m.kind == ""], ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(where, unix.MNT_DETACH) })
	}
	for _, name := range []string{"gobind", "gobind-authbind"} {
		output(t, "cp", file(t, packages(t), name+"_*.apk"), filepath.Join(root, "tmp", name+".apk"))
		inRoot(t, root, 0, "busybox", "tar", "-xpzf", "/tmp/"+name+".apk", "-C", "/")
	}
	inRoot(t, root, 0, "busybox", "sh", "-c", "echo >/etc/gobind/byport/80 && busybox chown alice /etc/gobind/byport/80 && busybox chmod 500 /etc/gobind/byport/80")
	said := inRoot(t, root, 61001, "/usr/bin/gobind", "busybox", "sh", "-c", "busybox httpd -f -p 127.0.0.1:81 2>&1 || echo ended")
	if !strings.Contains(said, "gobind: user alice may not bind tcp 127.0.0.1:81: ") || !strings.Contains(said, "ended") {
		t.Errorf("port 81: %s", said)
	}
	for _, wrapper := range [][]string{{"/usr/bin/gobind"}, {"/usr/bin/authbind", "--deep"}} {
		serve(t, rootCommand(root, 61001, append(wrapper, "busybox", "httpd", "-f", "-p", "127.0.0.1:80", "-h", "/home")...))
	}
}

// rootCommand is a command in a root, as the user.
func rootCommand(root string, uid uint32, args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/busybox", append([]string{"env"}, args...)...)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot: root, Credential: &syscall.Credential{Uid: uid, Gid: uid}, Pdeathsig: unix.SIGKILL,
	}
	return cmd
}

// inRoot runs a command in a root, which must succeed, and returns what it says.
func inRoot(t *testing.T, root string, uid uint32, args ...string) string {
	t.Helper()
	out, err := rootCommand(root, uid, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// serve runs a web server until it has answered on port 80.
func serve(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()         //nolint:errcheck // it was killed
	defer cmd.Process.Kill() //nolint:errcheck // it may have ended
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if answer, err := get(); strings.HasSuffix(answer, "alpine\n") {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%q does not serve port 80: %q %v\n%s", cmd.Args, answer, err, said.String())
		}
	}
}

// get is what the server on port 80 answers.
func get() (string, error) {
	conn, err := net.Dial("tcp", "127.0.0.1:80")
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // it is read to its end
	if _, err := fmt.Fprint(conn, "GET /index.html HTTP/1.0\r\n\r\n"); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}
