package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// entry is a file, directory or link in a package.
type entry struct {
	mode         int64 // permissions and setuid bits
	kind         byte  // as tar has it
	owner, group string
	link         string
	doc          bool // rpm marks it as documentation
	text         []byte
}

func (e entry) String() string {
	return fmt.Sprintf("%c %04o %s:%s %s", e.kind, e.mode, e.owner, e.group, e.link)
}

// tarEntries reads a tar archive. What begins with a dot is apk's own.
func tarEntries(t *testing.T, r io.Reader) map[string]entry {
	t.Helper()
	entries := map[string]entry{}
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		owner, group := "root", "root"
		if h.Uid != 0 || h.Gid != 0 || h.Uname+h.Gname != "" && h.Uname+h.Gname != "rootroot" {
			owner, group = fmt.Sprintf("%s(%d)", h.Uname, h.Uid), fmt.Sprintf("%s(%d)", h.Gname, h.Gid)
		}
		name := "/" + strings.Trim(strings.TrimPrefix(h.Name, "./"), "/")
		entries[name] = entry{mode: h.Mode & 0o7777, kind: h.Typeflag, owner: owner, group: group, link: h.Linkname, text: text}
	}
}

// debEntries are the files of a deb, and those of its control archive.
func debEntries(t *testing.T, file string) (files, control map[string]entry) {
	t.Helper()
	testenv.Require(t, "dpkg-deb")
	return tarEntries(t, strings.NewReader(output(t, "dpkg-deb", "--fsys-tarfile", file))),
		tarEntries(t, strings.NewReader(output(t, "dpkg-deb", "--ctrl-tarfile", file)))
}

// apkEntries are the files of an apk, and those that tell about it: tar archives,
// each compressed, of which only the last has an end.
func apkEntries(t *testing.T, file string) (files, control map[string]entry) {
	t.Helper()
	packed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	files, control = tarEntries(t, r), map[string]entry{}
	for name, e := range files {
		if strings.HasPrefix(name, "/.") {
			control[name] = e
			delete(files, name)
		}
	}
	return files, control
}

// rpmEntries are the files of an rpm: what its header says of them, which is what
// rpm makes of them, and their text from the archive.
func rpmEntries(t *testing.T, file string) map[string]entry {
	t.Helper()
	testenv.Require(t, "rpm")
	const format = `[%{FILEMODES}\t%{FILEUSERNAME}\t%{FILEGROUPNAME}\t%{FILEFLAGS}\t%{FILELINKTOS}\t%{FILENAMES}\n]`
	archive := exec.Command(testenv.Require(t, "rpm2archive"), "-n", "-")
	rpm, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer rpm.Close() //nolint:errcheck // it was read
	archive.Stdin = rpm
	data, err := archive.Output()
	if err != nil {
		t.Fatalf("rpm2archive %s: %v", file, err)
	}
	texts := tarEntries(t, bytes.NewReader(data))
	entries := map[string]entry{}
	for line := range strings.Lines(output(t, "rpm", "-qp", "--qf", format, file)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		mode, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		flags, err := strconv.ParseInt(f[3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		mode &= 0xffff
		kind := map[int64]byte{0o04: tar.TypeDir, 0o10: tar.TypeReg, 0o12: tar.TypeSymlink}[mode>>12]
		entries[f[5]] = entry{mode: mode & 0o7777, kind: kind, owner: f[1], group: f[2], link: f[4], doc: flags&2 != 0, text: texts[f[5]].text}
	}
	return entries
}
