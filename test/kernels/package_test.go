//go:build kernels

package kernels

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// A kernel is an image, and the modules that SCTP needs, in the order to load them;
// none where the package has no SCTP.
type kernel struct {
	image   string
	modules []string
}

// kernel gets a kernel: PACKAGE of the system's apt, or SUITE/PACKAGE. What build/kernels
// has already is not asked for again.
func (m machine) kernel(t *testing.T, name string) kernel {
	t.Helper()
	cache := filepath.Join(testenv.Repo(), "build/kernels", name)
	if _, err := os.Stat(filepath.Join(cache, "vmlinuz")); err != nil {
		tree := m.unpack(t, name)
		keepModules(t, tree, filepath.Join(cache, "modules"))
		must(t, tree, "install", "-D", "-m", "644", image(t, tree), filepath.Join(cache, "vmlinuz"))
	}
	modules, err := filepath.Glob(filepath.Join(cache, "modules/*.ko"))
	if err != nil {
		t.Fatal(err)
	}
	return kernel{filepath.Join(cache, "vmlinuz"), modules}
}

// unpack returns the tree of a package, and of those of the kernel's that it depends on:
// a name for the newest one has nothing of its own, and newer ones come in parts.
func (m machine) unpack(t *testing.T, name string) string {
	t.Helper()
	suite, pkg, ok := strings.Cut(name, "/")
	if !ok {
		suite, pkg = "", name
	}
	options, tree := m.apt(t, suite), t.TempDir()
	for wanted := []string{pkg}; len(wanted) > 0; wanted = wanted[1:] {
		file := download(t, options, wanted[0])
		must(t, tree, "dpkg-deb", "-x", file, tree)
		if found, _ := filepath.Glob(filepath.Join(tree, "boot/vmlinuz-*")); len(found) > 0 {
			break
		}
		wanted = append(wanted, parts(must(t, tree, "dpkg-deb", "-f", file, "Depends"))...)
	}
	return tree
}

func download(t *testing.T, options []string, pkg string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, dir, "apt-get", append(append([]string{}, options...), "-q", "download", pkg)...)
	return mustOne(t, filepath.Join(dir, "*.deb"))
}

// kernelParts begin the names of packages that a kernel is made of.
var kernelParts = []string{"linux-image-", "linux-binary-", "linux-modules-"}

// parts are the packages with a part of a kernel among those that one depends on.
func parts(depends string) []string {
	var found []string
	for _, one := range strings.Split(depends, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(one), " ")
		for _, part := range kernelParts {
			if strings.HasPrefix(name, part) && !strings.HasPrefix(name, "linux-modules-extra-") {
				found = append(found, name)
			}
		}
	}
	return found
}

// image is the kernel of a tree.
func image(t *testing.T, tree string) string {
	t.Helper()
	if found, _ := filepath.Glob(filepath.Join(tree, "boot/vmlinuz-*")); len(found) == 1 {
		return found[0]
	}
	return mustOne(t, filepath.Join(tree, "usr/lib/modules/*/vmlinuz"))
}

// mustOne is the file that matches.
func mustOne(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}
