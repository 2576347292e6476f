//go:build kernels

package kernels

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// initramfs is an archive with gobind, installed, the guest as its init, and modules
// for the kernel, which it loads.
func (m machine) initramfs(t *testing.T, modules ...string) string {
	t.Helper()
	root, build := t.TempDir(), t.TempDir()
	must(t, testenv.Repo(), "make", "-s", "install", "DESTDIR="+root, "BUILD="+build, "GO=env GOARCH="+m.guests["guest"]+" go")
	for name, arch := range m.guests {
		must(t, testenv.Repo(), "env", "CGO_ENABLED=0", "GOARCH="+arch, "GOFLAGS=-buildvcs=false",
			"go", "build", "-trimpath", "-o", filepath.Join(root, name), "./test/kernels/guest")
	}
	if err := os.Symlink("guest", filepath.Join(root, "init")); err != nil {
		t.Fatal(err)
	}
	for i, module := range modules {
		must(t, root, "install", "-D", "-m", "644", module, fmt.Sprintf("modules/%d.ko", i))
	}
	for _, name := range []string{"gobind-helper", "gobind-supervisor"} {
		profile(t, name, filepath.Join(root, name+".apparmor"))
	}
	archive := filepath.Join(build, "initramfs")
	if err := os.WriteFile(archive, cpio(t, root), 0o600); err != nil {
		t.Fatal(err)
	}
	return archive
}

// profile compiles an AppArmor profile, for where make install puts the programs.
func profile(t *testing.T, name, file string) {
	t.Helper()
	must(t, testenv.Repo(), "sh", "-c",
		`sed 's,/usr/libexec/,/usr/local/libexec/,g' "etc/apparmor/$0" | apparmor_parser --skip-kernel-load --skip-cache --ofile="$1"`, name, file)
}

// cpio is the tree as an archive of root's (cpio(5), "newc").
func cpio(t *testing.T, root string) []byte {
	t.Helper()
	var b bytes.Buffer
	add := func(name string, mode uint32, data []byte) {
		fmt.Fprintf(&b, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
			b.Len(), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
		b.Write(make([]byte, -b.Len()&3))
		b.Write(data)
		b.Write(make([]byte, -b.Len()&3))
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		mode := uint32(info.Mode().Perm())
		switch {
		case entry.IsDir():
			add(name, 0o040000|mode, nil)
			return nil
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			add(name, 0o120777, []byte(target))
			return err
		case info.Mode()&fs.ModeSetuid != 0:
			mode |= 0o4000
		}
		data, err := os.ReadFile(path)
		add(name, 0o100000|mode, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	add("TRAILER!!!", 0, nil)
	return b.Bytes()
}

// must runs a command, and returns what it says.
func must(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}
