//go:build kernels

package kernels

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// keepModules copies the module for SCTP and those that it needs, as 0-NAME.ko and so
// on in the order to load them.
func keepModules(t *testing.T, tree, dir string) {
	t.Helper()
	files := moduleFiles(t, tree)
	must(t, tree, "mkdir", "-p", dir)
	kept := map[string]bool{}
	var keep func(name string)
	keep = func(name string) {
		if files[name] == "" || kept[name] { // it is in the kernel, or here
			return
		}
		kept[name] = true
		file := decompressed(t, files[name])
		for _, other := range needs(t, file) {
			keep(other)
		}
		count, _ := filepath.Glob(filepath.Join(dir, "*.ko"))
		must(t, tree, "cp", file, filepath.Join(dir, fmt.Sprintf("%d-%s.ko", len(count), name)))
	}
	if files["sctp"] != "" {
		keep("crc32c_generic") // libcrc32c asks for it by another name
		keep("sctp")
	}
}

// moduleFiles are the modules of a package, by name.
func moduleFiles(t *testing.T, tree string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
		if name, _, ok := strings.Cut(filepath.Base(path), ".ko"); ok {
			files[strings.ReplaceAll(name, "-", "_")] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// decompressed is the file of a module as the kernel takes it.
func decompressed(t *testing.T, file string) string {
	t.Helper()
	if strings.HasSuffix(file, ".xz") {
		must(t, ".", "xz", "-d", file)
	}
	return strings.TrimSuffix(file, ".xz")
}

// needs are the modules that a module says it depends on.
func needs(t *testing.T, file string) []string {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was read
	info, err := f.Section(".modinfo").Data()
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Split(string(info), "\x00") {
		if list, ok := strings.CutPrefix(field, "depends="); ok && list != "" {
			return strings.Split(strings.ReplaceAll(list, "-", "_"), ",")
		}
	}
	return nil
}
