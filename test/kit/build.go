package kit

import (
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// Compilers, for [Build].
var (
	CC     = []string{"gcc", "-O1", "-Wall"}
	Musl   = []string{"musl-gcc", "-O1", "-Wall"}
	Golang = []string{"go", "build"}
)

// Build has a compiler make the named program of files in the test's testdata, once for all
// tests, and returns its path.
func Build(t *testing.T, name string, compiler []string, args ...string) string {
	t.Helper()
	file := filepath.Join(testenv.Dir(), "bin", name)
	if _, err := os.Stat(file); err == nil {
		return file
	}
	testenv.RequireRoot(t) // and thereby a world
	testenv.Require(t, compiler[0])
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(compiler[0], append(append(compiler[1:], "-o", file), args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	MustRun(t, cmd)
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// LoadedBy checks that what loads the program is named like loader, and that
// nothing does if that is empty: then it is static. It returns the program.
func LoadedBy(t *testing.T, loader, program string) string {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was read
	var interpreter string
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			text, err := io.ReadAll(p.Open())
			if err != nil {
				t.Fatal(err)
			}
			interpreter = string(text)
		}
	}
	if (interpreter != "") != (loader != "") || !strings.Contains(interpreter, loader) {
		t.Errorf("%s is loaded by %q, want %q", program, interpreter, loader)
	}
	return program
}

// Absolute is the absolute name of a file of the test's directory.
func Absolute(file string) string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir + "/" + file
}
