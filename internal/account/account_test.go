package account

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gobind/internal/tree"
	"gobind/policy"
)

const passwd = `root:x:0:0:root:/root:/bin/sh
# comment:x:1:1::/:
+nis:x:3:3::/:
short:x:6
tomcat:x:1007:1008::/:
twice:x:13:13::/:
twice:x:14:14::/:
bad:x:15:x::/:
huge:x:4294967296:8::/:
tomcat2:x:1007:1009::/:
`

const group = `root:x:0:
tomcat:x:1008:
web:x:2000:tomcat,www
web2:x:2000:tomcat
dns:*:2001:www,tomcat
none:x:2002:
half:x:2003
`

func TestSubject(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"passwd": passwd, "group": group} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fs, err := tree.NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	f := Read(fs)
	for user, want := range map[string]policy.Subject{
		"root":       {},
		"0":          {},
		"tomcat":     {UID: 1007, GID: 1008, Groups: []uint32{2000, 2001}},
		"1007":       {UID: 1007, GID: 1008, Groups: []uint32{2000, 2001}},
		"twice":      {UID: 13, GID: 13},
		"14":         {UID: 14, GID: 14},
		"bad":        {UID: 15, GID: 15},
		"5000":       {UID: 5000, GID: 5000},
		"4294967294": {UID: 4294967294, GID: 4294967294},
	} {
		got, ok := f.Subject(user)
		if !ok || got.UID != want.UID || got.GID != want.GID || !slices.Equal(got.Groups, want.Groups) {
			t.Errorf("%s: %+v, %v, want %+v", user, got, ok, want)
		}
	}
	for _, user := range []string{"", "nobody", "# comment", "+nis", "nis", "short", "huge", "4294967295", "-1", "0x0"} {
		if got, ok := f.Subject(user); ok {
			t.Errorf("%q: %+v", user, got)
		}
	}
	if f.UserName(1007) != "tomcat" || f.UserName(99) != "99" || f.GroupName(2000) != "web" || f.GroupName(2003) != "2003" {
		t.Errorf("names: %s %s %s %s", f.UserName(1007), f.UserName(99), f.GroupName(2000), f.GroupName(2003))
	}
	if gid, ok := f.Group("dns"); gid != 2001 || !ok {
		t.Errorf("dns: %d, %v", gid, ok)
	}
	if gid, ok := f.Group("77"); gid != 77 || !ok {
		t.Errorf("77: %d, %v", gid, ok)
	}
	if _, ok := f.Group("x"); ok {
		t.Error("x is a group")
	}
}
