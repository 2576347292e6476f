package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// read are the files of each package that was read, by format.
var read = map[string]map[string]map[string]entry{}

// formats are the files of a package by format.
func formats(t *testing.T, name string) map[string]map[string]entry {
	t.Helper()
	if found, ok := read[name]; ok {
		return found
	}
	dir := packages(t)
	deb, _ := debEntries(t, file(t, dir, name+"_*.deb"))
	apk, _ := apkEntries(t, file(t, dir, name+"_*.apk"))
	read[name] = map[string]map[string]entry{"deb": deb, "apk": apk, "rpm": rpmEntries(t, file(t, dir, name+"-[0-9]*.rpm"))}
	return read[name]
}

// installed is what make install installs, by name.
func installed(t *testing.T) map[string]fs.FileMode {
	t.Helper()
	root := t.TempDir()
	cmd := exec.Command("make", "-s", "install", "DESTDIR="+root, "PREFIX=/usr", "GIVE=:", "BUILD="+filepath.Join(testenv.Dir(), "installed"))
	cmd.Dir = testenv.Repo()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	files := map[string]fs.FileMode{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if name := strings.TrimPrefix(path, root); err == nil && (!d.IsDir() || strings.Contains(name, "/gobind")) {
			files[name] = d.Type()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// named is what a package calls a file that make install installs.
func named(format, file string) string {
	switch {
	case strings.HasPrefix(file, "/usr/share/man/"):
		return file + ".gz"
	case format == "deb":
		return strings.Replace(file, "/zsh/site-functions/", "/zsh/vendor-completions/", 1)
	}
	return file
}

// A package has what make install installs, documentation, and nothing else. Alpine
// has no systemd.
func TestContents(t *testing.T) {
	want := installed(t)
	if len(want) < 20 {
		t.Fatalf("make install installs %v", want)
	}
	for format, files := range formats(t, "gobind") {
		known := map[string]bool{}
		for name := range want {
			name = named(format, name)
			known[name] = true
			if _, ok := files[name]; !ok && (format != "apk" || !strings.HasPrefix(name, "/usr/lib/systemd/system/")) {
				t.Errorf("%s: lacks %s", format, name)
			}
		}
		for name, e := range files {
			switch {
			case known[name], e.kind == tar.TypeDir && !strings.Contains(name, "/gobind"):
			case strings.HasPrefix(name+"/", "/usr/share/doc/gobind/"):
			case format == "deb" && name == "/usr/share/lintian/overrides/gobind":
			case format != "deb" && strings.HasPrefix(name+"/", "/usr/share/licenses/gobind/"):
			default:
				t.Errorf("%s: has %s, which make install does not install", format, name)
			}
		}
		for _, doc := range []string{"README.md", "changelog.gz", "copyright", "gobind.spdx.json", "threat-model.md", "examples/systemd/example.service"} {
			if e := files["/usr/share/doc/gobind/"+doc]; len(e.text) == 0 {
				t.Errorf("%s: lacks %s", format, doc)
			} else if format == "rpm" && !e.doc {
				t.Errorf("rpm: %s is not marked as documentation", doc)
			}
		}
	}
}

// Everything is root's, nobody else may write it, and one file is setuid.
func TestModes(t *testing.T) {
	for format, files := range formats(t, "gobind") {
		for name, e := range files {
			want := int64(0o644)
			switch {
			case name == "/usr/libexec/gobind/gobind-helper":
				want = 0o4755
			case e.kind == tar.TypeDir, strings.HasPrefix(name, "/usr/bin/"), strings.HasPrefix(name, "/usr/sbin/"), strings.HasPrefix(name, "/usr/libexec/"):
				want = 0o755
			}
			if e.owner != "root" || e.group != "root" || e.kind != tar.TypeSymlink && e.mode != want {
				t.Errorf("%s: %s is %v, want %04o root:root", format, name, e, want)
			}
			if strings.HasPrefix(name, "/etc/") && e.kind != tar.TypeDir {
				t.Errorf("%s: %s is %v; what is below /etc is the administrator's", format, name, e)
			}
		}
		if e := files["/usr/libexec/gobind/authbind"]; e.link != "../../bin/gobind" {
			t.Errorf("%s: authbind is %v", format, e)
		}
	}
}

// gobind-authbind is authbind's name, its manual page and its policy directories.
func TestAuthbind(t *testing.T) {
	for format, files := range formats(t, "gobind-authbind") {
		for name, e := range files {
			switch {
			case e.owner != "root" || e.group != "root":
				t.Errorf("%s: %s is %v", format, name, e)
			case name == "/usr/bin/authbind" && e.link == "../libexec/gobind/authbind":
			case format == "deb" && strings.Contains(name, "/gobind-authbind") && e.mode&^0o111 == 0o644:
			case name == "/usr/share/man/man1/authbind.1.gz" && e.mode == 0o644:
			case e.kind == tar.TypeDir && e.mode == 0o755:
			default:
				t.Errorf("%s: %s is %v", format, name, e)
			}
		}
		for _, name := range []string{"/usr/bin/authbind", "/usr/share/man/man1/authbind.1.gz", "/etc/authbind/byport", "/etc/authbind/byaddr", "/etc/authbind/byuid"} {
			if _, ok := files[name]; !ok {
				t.Errorf("%s: lacks %s", format, name)
			}
		}
	}
}

// Nothing tells of the machine that built it, or has a path of make install's default.
func TestNoPaths(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for format, files := range formats(t, "gobind") {
		for name, e := range files {
			if strings.HasSuffix(name, ".md") { // written, not made
				continue
			}
			text := e.text
			if strings.HasSuffix(name, ".gz") {
				r, err := gzip.NewReader(bytes.NewReader(text))
				if err != nil {
					t.Fatalf("%s: %s: %v", format, name, err)
				}
				if text, err = io.ReadAll(r); err != nil {
					t.Fatal(err)
				}
			}
			for _, path := range []string{testenv.Repo(), testenv.Dir(), home + "/"} {
				if len(path) > 2 && bytes.Contains(text, []byte(path)) {
					t.Errorf("%s: %s holds %s", format, name, path)
				}
			}
			// A program holds the default as well as what was linked over it.
			program := bytes.HasPrefix(text, []byte("\x7fELF"))
			if !program && bytes.Contains(text, []byte("/usr/local/bin/gobind")) {
				t.Errorf("%s: %s speaks of /usr/local/bin/gobind", format, name)
			}
		}
	}
}
