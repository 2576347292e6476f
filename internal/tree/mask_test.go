package tree

import (
	"os"
	"path/filepath"
	"testing"

	"gobind/internal/testenv"
)

// An access control list whose mask is empty is not asked at all: whom it names is
// one of the others then.
func TestEmptyMask(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.Require(t, "setfacl")
	dir, err := os.MkdirTemp(testenv.Dir(), "")
	if err != nil {
		t.Fatal(err)
	}
	shell(t, dir, "chmod 755 .; touch file; chmod 001 file; setfacl -m u:gbalice:x,g:gbbob:x,m::- file; getfacl -nc file | grep user:61001:--x")
	fs, err := NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	e := fs.Stat(filepath.Join(dir, "file"))
	for _, u := range []testenv.User{testenv.Alice, testenv.Bob, testenv.Carol} {
		kernel := u.Command("test", "-x", filepath.Join(dir, "file")).Run() == nil
		if got := e.May(u.UID, append(u.Groups, u.GID)...); got != kernel {
			t.Errorf("%s may execute %o %v: %v, the kernel says %v", u.Name, e.Stat.Mode, e.ACL, got, kernel)
		}
	}
}
