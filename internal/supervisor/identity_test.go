package supervisor

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const status = "Name:\tjava\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t42\nPid:\t43\n" +
	"Uid:\t1000\t1001\t1002\t1003\nGid:\t100\t101\t102\t103\nGroups:\t27 4 100 \nCapPrm:\t0000000000000c00\nCapEff:\t0000000000000400\nNoNewPrivs:\t1\n"

func TestParseStatus(t *testing.T) {
	id, err := parseStatus([]byte(status))
	if err != nil {
		t.Fatal(err)
	}
	if id.comm != "java" || id.tgid != 42 || id.ruid != 1000 || id.euid != 1001 || id.rgid != 100 ||
		!slices.Equal(id.groups, []uint32{4, 27, 100}) || id.effective != 1<<unix.CAP_NET_BIND_SERVICE {
		t.Errorf("%+v", id)
	}
}

// An identity that is not whole and clear is none.
func TestParseStatusMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"empty":          "",
		"no uid":         strings.Replace(status, "Uid:", "Vid:", 1),
		"three uids":     strings.Replace(status, "\t1003", "", 1),
		"five gids":      strings.Replace(status, "\t103", "\t103\t104", 1),
		"negative uid":   strings.Replace(status, "1000", "-1", 1),
		"33 bits":        strings.Replace(status, "1000", "4294967296", 1),
		"word":           strings.Replace(status, "1000", "root", 1),
		"group word":     strings.Replace(status, "27 4", "27 x", 1),
		"capabilities":   strings.Replace(status, "0000000000000400", "xyz", 1),
		"no groups":      strings.Replace(status, "Groups", "Troops", 1),
		"uid twice":      status + "Uid:\t0\t0\t0\t0\n",
		"uid for groups": strings.Replace(status, "Groups:\t27 4 100 ", "Uid:\t0\t0\t0\t0", 1),
		"permitted":      strings.Replace(status, "0000000000000c00", "", 1),
		"no_new_privs":   strings.Replace(status, "NoNewPrivs:\t1", "NoNewPrivs:\t2", 1),
		"nothing after":  strings.Replace(status, "42", "", 1),
	} {
		if id, err := parseStatus([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, id)
		}
	}
}

// Whoever has no way to other ids is fixed.
func TestIsFixed(t *testing.T) {
	fixed := strings.NewReplacer("1001\t1002\t1003", "1000\t1000\t1000", "101\t102\t103", "100\t100\t100",
		"0000000000000c00", "0000000000000000").Replace(status)
	for name, c := range map[string]struct {
		old, new string
		want     bool
	}{
		"no way":            {"", "", true},
		"setuid programs":   {"NoNewPrivs:\t1", "NoNewPrivs:\t0", false},
		"a capability":      {"CapPrm:\t0000000000000000", "CapPrm:\t0000000000000080", false},
		"another saved uid": {"1000\t1000\nGid", "0\t1000\nGid", false},
		"another fsgid":     {"\t100\nGroups", "\t0\nGroups", false},
	} {
		id, err := parseStatus([]byte(strings.Replace(fixed, c.old, c.new, 1)))
		if err != nil || id.isFixed() != c.want {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
}

func TestSameSubject(t *testing.T) {
	base := identity{ruid: 1, rgid: 2, groups: []uint32{3, 4}}
	for name, c := range map[string]struct {
		other identity
		want  bool
	}{
		"same":                 {identity{ruid: 1, rgid: 2, groups: []uint32{3, 4}}, true},
		"other effective user": {identity{ruid: 1, euid: 9, rgid: 2, groups: []uint32{3, 4}}, true},
		"other user":           {identity{ruid: 9, rgid: 2, groups: []uint32{3, 4}}, false},
		"other group":          {identity{ruid: 1, rgid: 9, groups: []uint32{3, 4}}, false},
		"a group dropped":      {identity{ruid: 1, rgid: 2, groups: []uint32{3}}, false},
		"no groups":            {identity{ruid: 1, rgid: 2}, false},
	} {
		if got := base.sameSubject(c.other); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOwn(t *testing.T) {
	id, err := own()
	if err != nil || id.ruid != uint32(unix.Getuid()) || id.tgid != unix.Getpid() {
		t.Errorf("%+v, %v", id, err)
	}
}
