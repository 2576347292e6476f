package launch

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		wanted Mode
		scope  int
		root   bool
		want   Mode // "" for an error
	}{
		{Auto, 0, false, InPlace},
		{InPlace, 0, false, InPlace},
		{Parent, 0, false, Parent},
		{Auto, 1, false, Parent},
		{Parent, 1, false, Parent},
		{InPlace, 1, false, ""},
		{Auto, 2, false, ""},
		{Parent, 2, false, ""},
		{Auto, 3, false, ""},
		{Auto, 1, true, InPlace},
		{InPlace, 3, true, InPlace},
		{Parent, 2, true, Parent},
	} {
		got, err := Choose(c.wanted, c.scope, c.root)
		var yama *YamaError
		if got != c.want || (c.want == "") != errors.As(err, &yama) {
			t.Errorf("%s with ptrace_scope %d, root %v: %q, %v, want %q", c.wanted, c.scope, c.root, got, err, c.want)
		}
	}
}

func TestProgramError(t *testing.T) {
	for errno, notFound := range map[unix.Errno]bool{
		unix.ENOENT: true, unix.ENOTDIR: true, unix.EACCES: false, unix.ENOEXEC: false, unix.E2BIG: false,
	} {
		if err := (&ProgramError{Name: "x", Err: errno}); err.NotFound() != notFound || !errors.Is(err, errno) {
			t.Errorf("%v: not found: %v", errno, err.NotFound())
		}
	}
}

// A gobind that cannot record what it inherits refuses to work.
func TestLinkedWithoutEntry(t *testing.T) {
	if _, err := Run(Options{Argv: []string{"true"}}); !errors.Is(err, ErrEntry) {
		t.Errorf("error %v, want ErrEntry", err)
	}
}
