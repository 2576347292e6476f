package grants

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gobind/internal/account"
	"gobind/internal/judge"
	"gobind/internal/ruletext"
	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// The prefixes of a range cover its addresses, in order, and no other.
func TestPrefixes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{4, 16}).Draw(t, "size")
		draw := func(name string) netip.Addr {
			b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 3, 127, 128, 254, 255}), size, size).Draw(t, name)
			a, _ := netip.AddrFromSlice(b)
			return a
		}
		from, to := draw("from"), draw("to")
		list := prefixes(from, to)
		if to.Compare(from) < 0 {
			if len(list) != 0 {
				t.Fatalf("%v-%v: %v", from, to, list)
			}
			return
		}
		next := from
		for i, p := range list {
			if p.Masked() != p || p.Addr() != next || i > 2*from.BitLen() {
				t.Fatalf("%v-%v: %v begins at %v, want %v", from, to, p, p.Addr(), next)
			}
			next = last(p).Next()
		}
		if last(list[len(list)-1]) != to {
			t.Fatalf("%v-%v: %v", from, to, list)
		}
	})
}

// read is what a tree comes to, made by shell commands in it.
func read(t *testing.T, commands string) (entries []string, all All) {
	t.Helper()
	testenv.RequireRoot(t)
	testenv.Require(t, "setfacl")
	dir, err := os.MkdirTemp(testenv.Dir(), "")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", "chmod 755 .; mkdir byport byaddr byuid; "+commands)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fs, err := tree.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	survey, err := judge.Policy{Dirs: []string{dir}}.Survey(fs)
	if err != nil {
		t.Fatal(err)
	}
	all = Read(fs, account.Read(fs), survey, []string{dir})
	for _, e := range all.Entries {
		source := policy.Source{File: strings.TrimPrefix(e.Source.File, dir+"/"), Line: e.Source.Line}
		entries = append(entries, strings.TrimSpace(fmt.Sprintf("%s # %s %s", ruletext.Rule(e.Rule), source, e.Because)))
	}
	for _, list := range [][]string{all.Hidden, all.Unused, all.Closed} {
		for i := range list {
			list[i], _ = filepath.Rel(dir, list[i])
		}
	}
	return entries, all
}

// What the files of a tree come to.
func TestTrees(t *testing.T) {
	for name, c := range map[string]struct {
		commands string
		want     []string
	}{
		"nothing":       {":", nil},
		"user":          {"install -o gbalice -m 500 /dev/null byport/80", []string{"permit gbalice any *:80 # byport/80", "deny * any *:80 # byport/80 nobody-else"}},
		"nobody":        {"install -m 0 /dev/null byport/80", []string{"deny * any *:80 # byport/80 nobody-else"}},
		"everybody":     {"install -o gbbob -m 755 /dev/null byport/80", []string{"permit * any *:80 # byport/80"}},
		"but its user":  {"install -o gbbob -m 11 /dev/null byport/80", []string{"deny gbbob any *:80 # byport/80 nobody-else", "permit * any *:80 # byport/80"}},
		"but its group": {"install -g gbweb -m 701 /dev/null byport/80", []string{"deny :gbweb any *:80 # byport/80 nobody-else", "permit * any *:80 # byport/80"}},
		"ACL": {"install -o gbbob -m 510 /dev/null byport/80; setfacl -m u:gbalice:x,u:gbcarol:-,g::-,g:gbweb:x byport/80", []string{
			"permit gbbob any *:80 # byport/80", "permit gbalice any *:80 # byport/80", "deny gbcarol any *:80 # byport/80 nobody-else",
			"permit :gbweb any *:80 # byport/80", "deny * any *:80 # byport/80 nobody-else",
		}},
		"order": {"for f in byport/81 byport/!600 byport/9 byaddr/127.0.0.1,80 byaddr/127.0.0.1:80 byaddr/::1,80; do install -m 755 /dev/null $f; done", []string{
			"permit * any *:9 # byport/9", "permit * any *:81 # byport/81", "permit * any *:600 # byport/!600",
			"permit * any 127.0.0.1:80 # byaddr/127.0.0.1:80", "permit * any 127.0.0.1:80 # byaddr/127.0.0.1,80", "permit * any [::1]:80 # byaddr/::1,80",
		}},
		"lines": {"printf '127.0.0.1,80\\n# no\\n10.0.0.0-10.0.0.2,500-600\\n' | tee byuid/70007 >byuid/!70007; printf '::1,600\\n' >byuid/70008", []string{
			"permit 70007 any 10.0.0.0/31:512-600 10.0.0.2:512-600 # byuid/!70007:3", "permit 70007 any 127.0.0.1:80 # byuid/70007:1",
			"permit 70007 any 10.0.0.0/31:500-511 10.0.0.2:500-511 # byuid/70007:3",
		}},
		"faulty lines": {"install -m 664 /dev/null byuid/70007; mkdir byuid/70008; truncate -s 2M byuid/70009; install -m 0 /dev/null byuid/70010; mkfifo byuid/!70011; ln -s none byuid/70012", []string{
			"deny 70007 any *:1-511 # byuid/70007 unsafe", "deny 70008 any *:1-511 # byuid/70008 cannot-read", "deny 70009 any *:1-511 # byuid/70009 cannot-read",
			"deny 70010 any *:1-511 # byuid/70010 cannot-read", "deny 70011 any *:512-65535 # byuid/!70011 cannot-read",
		}},
		"no way in":  {"printf '127.0.0.1,80\\n' >byuid/70007; chmod 0 byuid", []string{"deny * any *:* # byuid cannot-read"}},
		"links":      {"ln -s none byport/80; ln -s 81 byport/81; install -m 755 /dev/null file; ln -s ../file byport/82", []string{"deny * any *:81 # byport/81 cannot-read", "permit * any *:82 # byport/82"}},
		"unsafe":     {"install -m 755 /dev/null byport/80; chmod 777 byport; install -m 755 /dev/null byaddr/127.0.0.1,80", []string{"deny * any *:* # byport unsafe"}},
		"rules":      {"mkdir rules.d; echo 'permit gbalice tcp *:80' >rules.d/a.rules; echo 'deny * any *:25' >rules.d/b.rules", []string{"deny * any *:25 # rules.d/b.rules:1", "permit gbalice tcp *:80 # rules.d/a.rules:1"}},
		"bad rules":  {"mkdir rules.d; printf '\\ndeny\\n' >rules.d/a.rules", []string{"deny * any *:* # rules.d/a.rules:2 malformed"}},
		"both kinds": {"mkdir rules.d; echo 'permit gbalice tcp *:80' >rules.d/a.rules; install -m 0 /dev/null byport/80", []string{"permit gbalice tcp *:80 # rules.d/a.rules:1", "deny * any *:80 # byport/80 nobody-else"}},
	} {
		if got, _ := read(t, c.commands); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// What is no entry is told.
func TestRemarks(t *testing.T) {
	_, all := read(t, "touch byport/600 byport/!80 byport/080 byaddr/::1:80 byuid/07; chmod 711 byaddr; chmod 700 byport; install -m 755 /dev/null byuid/x")
	if want := []string{"byport/!80", "byport/080", "byport/600", "byaddr/::1:80", "byuid/07", "byuid/x"}; !slices.Equal(all.Unused, want) {
		t.Errorf("unused: %v, want %v", all.Unused, want)
	}
	if want := []string{"byport"}; !slices.Equal(all.Closed, want) {
		t.Errorf("closed: %v, want %v", all.Closed, want)
	}
}
